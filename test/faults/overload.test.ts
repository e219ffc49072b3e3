import t from 'tap'
import { request } from 'undici'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { setStage } from '../routes/stage.ts'
import { prove } from './prove.ts'

const { sandbox, entra, token, caller, pass, addTenant } = await setStage(t)

async function asked(directory: string): Promise<number> {
  const { body } = await entra('GET', '/_sandbox/requests')
  return Number(members(body['by_route'])[`POST /${directory}/oauth2/v2.0/token`] ?? 0)
}

/** Once Entra has the broker's request. */
async function isAsked(directory: string): Promise<void> {
  for (const end = Date.now() + 5_000; (await asked(directory)) === 0; )
    if (Date.now() > end) throw new Error('the broker never asked Entra')
}

prove('overload', 'quick', {
  async reset(t) {
    const directory = await addTenant('left', { roles: ['Mail.Read'] })
    await entra('POST', '/_sandbox/faults', { match: `POST /${directory}/`, delay_ms: 300, times: 1 })
    const leaving = new AbortController()
    const body = JSON.stringify({ tenant: 'left', scopes: ['Mail.Read'] })
    const headers = {
      authorization: `Bearer ${sandbox.demo.callerKey}`,
      'content-type': 'application/json',
    }
    const sent = Array.from(Array(20), () =>
      request(`${sandbox.broker.origin}/tokens`, { method: 'POST', headers, body, signal: leaving.signal }),
    )
    await isAsked(directory)
    leaving.abort()
    for (const left of sent) await t.rejects(left, { name: 'AbortError' })
    t.equal((await token('left')).status, 200)
    t.match((await token('left')).headers['cache-status'], /hit/)
    t.equal(await asked(directory), 1)
  },

  async oversized(t) {
    const scopes = Array.from(Array(2_000), (_, number) => `Mail.Read.${number}`)
    const large = { tenant: 'contoso', scopes }
    const [refused, served] = await Promise.all([caller('POST', '/tokens', large), token('contoso')])
    expectProblem(t, refused, { status: 413, code: String(refused.body['code']) })
    t.equal(served.status, 200)
  },

  async flapping(t) {
    const directory = await addTenant('herd', { roles: ['Mail.Read'] })
    for (let round = 1; round <= 3; round += 1) {
      const replies = await Promise.all(Array.from(Array(1_000), () => token('herd')))
      t.same(
        replies.filter(({ status }) => status !== 200),
        [],
      )
      t.equal(await asked(directory), round, 'one request to Entra')
      await pass(3_560)
    }
  },
})
