import t, { type Test } from 'tap'
import { usualDeadlines } from '../../src/adapters/key-vault/connection.ts'
import {
  certificateAt,
  codeOf,
  keyAt,
  must,
  newSecret,
  putKey,
  putSecret,
  signs,
} from '../adapters/key-vault/material.ts'
import { type ConnectedVault, connectVault } from '../adapters/key-vault/stage.ts'

/** Milliseconds. */
const brief = { operation: 1_200, attempt: 250, list: 1_200 }
const patient = { ...brief, operation: 10_000, list: 10_000 }
const never = new Promise<void>(() => undefined)
const away = { ok: false, failure: { code: 'key_vault_unavailable', retryAfterSeconds: 5 } }

/** Leaves requests of this kind without an answer, as many as are said. */
function hang({ watch }: ConnectedVault, part: string, times = Number.POSITIVE_INFINITY): void {
  let left = times
  watch.each = async ({ method, url }) => {
    if (left === 0 || !`${method} ${url}`.includes(part)) return
    left -= 1
    await never
  }
}

async function took(t: Test, work: () => Promise<unknown>, atMost: number): Promise<void> {
  const start = performance.now()
  await work()
  const milliseconds = performance.now() - start
  t.ok(milliseconds < atMost, `${Math.round(milliseconds)} ms`)
}

t.test('a vault that takes a request and never answers is asked again after 3 seconds of 10', async (t) => {
  t.strictSame(usualDeadlines, { operation: 10_000, attempt: 3_000, list: 60_000 })
  const stage = await connectVault(t)
  putSecret(stage, 'theirs')
  await stage.vault.list()
  hang(stage, 'GET /secrets/theirs', 1)
  t.ok((await stage.vault.read('theirs')).ok)
  const [first, second] = stage.arrivals.slice(-2).map(({ at }) => at)
  t.ok((second ?? 0) - (first ?? 0) > 2_990)
})

t.test('whatever is asked of a vault that hangs at first is done all the same', async (t) => {
  const stage = await connectVault(t, { deadlines: patient })
  const { vault, custody } = stage
  putSecret(stage, 'gone')
  const certificate = certificateAt('certificate', putSecret(stage, 'certificate'))
  const key = keyAt('key', putKey(stage, 'key'))
  const seen = new Set<string>()
  stage.watch.each = async ({ method, url }) => {
    const route = `${method} ${url}`
    if (seen.has(route)) return
    seen.add(route)
    await never
  }
  const done = await Promise.all([
    vault.store(newSecret('gtb-a')).then(({ ok }) => ok),
    custody.proof(certificate).then((loaded) => signs(loaded)),
    custody.proof(key).then((loaded) => signs(loaded)),
    vault.remove('gone').then(({ ok }) => ok),
  ])
  t.strictSame(done, [true, true, true, true])
  t.equal(seen.size, 7, 'all of it hung once')
  t.strictSame(stage.described, [])
})

t.test('a vault that hangs for good is asked more than once, and away by the deadline', async (t) => {
  const stage = await connectVault(t, { deadlines: brief })
  const { vault, custody } = stage
  const certificate = certificateAt('certificate', putSecret(stage, 'certificate'))
  const key = keyAt('key', putKey(stage, 'key'))
  const loaded = must(t, await custody.proof(key))
  await vault.list()
  const calls: Record<string, () => Promise<unknown>> = {
    'PUT /secrets/gtb-a': () => vault.store(newSecret('gtb-a')),
    [`GET /secrets/certificate/${certificate.vaultVersion}`]: () => custody.proof(certificate),
    'DELETE /secrets/certificate': () => vault.remove('certificate'),
    [`POST /keys/key/${key.vaultVersion}/sign`]: async () =>
      loaded.kind === 'signature' && loaded.sign('PS256', Buffer.from('x')),
    'GET /secrets': () => vault.list(),
  }
  hang(stage, '/')
  const before = stage.arrivals.length
  await Promise.all(
    Object.entries(calls).map(([route, call]) =>
      took(t, async () => t.strictSame(await call(), away, route), brief.operation + 500),
    ),
  )
  const asked = stage.arrivals.slice(before).map(({ route }) => route)
  for (const route of Object.keys(calls)) t.ok(asked.filter((one) => one === route).length > 1, route)
  hang(stage, 'nothing')
  t.ok(await signs(await custody.proof(certificate)), 'and serves again once it answers')
})

t.test('an answer that stops in the middle is asked for again', async (t) => {
  const stage = await connectVault(t, { deadlines: patient })
  putSecret(stage, 'theirs')
  await stage.vault.list()
  let left = 1
  stage.watch.each = async (request, reply) => {
    if (left === 0 || !request.url.startsWith('/secrets/theirs')) return
    left -= 1
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/json' })
    reply.raw.write('{"value":"half')
  }
  t.match(await stage.vault.read('theirs'), { ok: true, value: { name: 'theirs' } })
  t.equal(left, 0)
})

t.test('a list whose second page hangs is asked for again, and is away by the deadline', async (t) => {
  for (const deadlines of [patient, brief]) {
    const stage = await connectVault(t, { deadlines })
    for (let index = 0; index < 30; index += 1) putSecret(stage, `name-${index}`)
    await stage.vault.list()
    const once = deadlines === patient
    hang(stage, 'skiptoken', once ? 1 : Number.POSITIVE_INFINITY)
    if (once) t.equal(must(t, await stage.vault.list()).length, 30)
    else await took(t, async () => t.strictSame(await stage.vault.list(), away), brief.list + 500)
  }
})

t.test('a first call that hangs keeps nobody waiting for longer, and is not waited for again', async (t) => {
  const stage = await connectVault(t, { deadlines: brief })
  hang(stage, 'GET /secrets')
  const calls = Array.from(Array(20), (_, index) => stage.vault.store(newSecret(`gtb-${index}`)))
  await took(
    t,
    async () => {
      for (const result of await Promise.all(calls)) t.strictSame(result, away)
    },
    brief.operation + 500,
  )
  t.equal(stage.count('PUT /secrets/gtb-0'), 0, 'nothing secret has left')
  hang(stage, 'nothing')
  t.ok((await stage.vault.store(newSecret('gtb-0'))).ok)
})

t.test('an identity that never answers is a vault that is away, and is asked anew', async (t) => {
  const stage = await connectVault(t, { deadlines: brief })
  const { bearer, custody, vault } = stage
  const key = keyAt('key', putKey(stage, 'key'))
  const { getToken } = bearer.identity
  let answers = false
  Object.assign(bearer.identity, {
    getToken: (...asked: Parameters<typeof getToken>) => (answers ? getToken(...asked) : never),
  })
  for (const call of [() => vault.store(newSecret('gtb-a')), () => custody.proof(key)])
    await took(t, async () => t.strictSame(await call(), away), brief.operation + 500)
  answers = true
  t.equal(codeOf(await vault.store(newSecret('gtb-a'))), 'ok')
  t.ok(await signs(await custody.proof(key)))
})
