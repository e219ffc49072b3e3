import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import Type from 'typebox'
import { RoundRobinPool } from 'undici'
import { parseJwt } from '../sandbox/entra/jwt.ts'
import { isA } from './messages.ts'
import { requestBody } from './request.ts'
import { quantile } from './rows.ts'
import { serveParent } from './serve-parent.ts'
import { type Soaked, SoakLoad } from './soak-messages.ts'

/** Milliseconds until an answer counts as failed: longer than the broker lets anybody wait. */
const patience = 30_000

/**
 * Sends each request when it is due, counted from the begin, and not when those before are answered: what stalls
 * lowers no load, and whoever comes meanwhile is measured as having waited.
 */
async function soak({ connections, duration, requestsPerSecond, ...load }: SoakLoad): Promise<Soaked> {
  const pool = new RoundRobinPool(`http://127.0.0.1:${load.port}`, {
    ...{ connections, pipelining: 1, headersTimeout: patience, bodyTimeout: patience },
  })
  const failures = new Map<string, number>()
  const ask = async (tenant: number) => {
    const wrong = await findFault(pool, load.key, tenant)
    if (wrong !== undefined) failures.set(wrong, (failures.get(wrong) ?? 0) + 1)
  }
  // All at once, so that every connection is open from the begin.
  await Promise.all(Array.from({ length: connections }, (_, index) => ask(index % load.tenants)))

  const count = Math.ceil((duration / 1000) * requestsPerSecond)
  const latencies = new Float64Array(count)
  const open = new Set<Promise<void>>()
  const begin = performance.now()
  for (let index = 0; index < count; index += 1) {
    const due = begin + (index * 1000) / requestsPerSecond
    // A timer may come up to a millisecond early.
    for (let wait = due - performance.now(); wait > 0; wait = due - performance.now()) await delay(wait)
    const answered = ask(index % load.tenants).then(() => {
      latencies[index] = performance.now() - due
      open.delete(answered)
    })
    open.add(answered)
  }
  await Promise.all(open)
  const seconds = (performance.now() - begin) / 1000
  await pool.close()

  latencies.sort()
  return {
    requests: connections + count,
    failures: Object.fromEntries(failures),
    requestsPerSecond: count / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  }
}

const Issued = Type.Object({ access_token: Type.String() })
const Problem = Type.Object({ code: Type.String() })

/** Asks for a token; what is wrong with the answer, undefined where nothing is. */
async function findFault(pool: RoundRobinPool, key: string, tenant: number): Promise<string | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/tokens',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: requestBody(tenant),
    })
    const reply: unknown = await body.json()
    if (statusCode !== 200) return `status ${statusCode}, ${isA(Problem, reply) ? reply.code : 'no problem'}`
    if (!isA(Issued, reply)) return 'no token'
    return isAlive(reply.access_token) ? undefined : 'a token that has expired'
  } catch (error) {
    return String(error)
  }
}

/** By the token's own claims: the local Entra and this process go by the same clock. */
function isAlive(token: string): boolean {
  const expiry = parseJwt(token)?.claims['exp']
  return typeof expiry === 'number' && Date.now() < expiry * 1000
}

serveParent((message) => {
  if (isA(SoakLoad, message)) return soak(message)
  throw new Error('the client was asked what it does not know')
})
