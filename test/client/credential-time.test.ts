import t from 'tap'
import { BrokerError } from '../../client/src/index.ts'
import { graph, problem, stageClient } from './stage.ts'

t.test(
  'a token is held until half a minute before its end, and its times are those of this machine',
  async (t) => {
    const { credential, pass, request, sent } = stageClient()
    const first = credential.getToken(graph)
    ;(await request(1)).issue('one', 3600)
    const start = 1_700_001_000_000
    t.strictSame(await first, {
      token: 'one',
      expiresOnTimestamp: start + 3_600_000,
      refreshAfterTimestamp: start + 1_800_000,
      tokenType: 'Bearer',
    })
    pass(1799)
    t.equal((await credential.getToken(graph)).token, 'one')
    t.equal(sent.length, 1, 'before half of its life nothing is asked')
    pass(3600)
    const second = credential.getToken(graph)
    ;(await request(2)).issue('two')
    t.equal((await second).token, 'two', 'afterwards it is not handed out')
  },
)

t.test('a newer token is had behind the answers, and a failure of it fails nobody', async (t) => {
  const { credential, pass, request, sent } = stageClient()
  const first = credential.getToken(graph)
  ;(await request(1)).issue('one', 3600)
  await first
  pass(1800)
  t.equal((await credential.getToken(graph)).token, 'one')
  t.equal((await credential.getToken(graph)).token, 'one')
  t.equal(sent.length, 2, 'one request behind both')
  ;(await request(2)).answer(403, problem(403, 'tenant_not_granted'))
  await new Promise(setImmediate)
  t.equal((await credential.getToken(graph)).token, 'one', 'the failure is nobody else’s')
  pass(4)
  await credential.getToken(graph)
  t.equal(sent.length, 2, 'nor is it tried again at once')
  pass(1)
  await credential.getToken(graph)
  ;(await request(3)).issue('two')
  await new Promise(setImmediate)
  t.equal((await credential.getToken(graph)).token, 'two')
})

t.test('short tokens serve half of their life, rather than cost a request each time', async (t) => {
  const { credential, request, pass, sent } = stageClient()
  const first = credential.getToken(graph)
  ;(await request(1)).issue('short', 20)
  await first
  pass(9)
  t.equal((await credential.getToken(graph)).token, 'short')
  t.equal(sent.length, 1)
})

t.test('what passes is tried again, when the broker says or a little later each time', async (t) => {
  const { credential, request, waits } = stageClient()
  const token = credential.getToken(graph)
  ;(await request(1)).answer(503, problem(503, 'entra_unavailable'), { 'retry-after': '2' })
  ;(await request(2)).answer(429, problem(429, 'rate_limited'), {
    'retry-after': 'Tue, 14 Nov 2023 22:30:04 GMT',
  })
  ;(await request(3)).answer(503, problem(503, 'overloaded'))
  ;(await request(4)).break(new TypeError('fetch failed'))
  ;(await request(5)).issue('one')
  t.equal((await token).token, 'one')
  t.strictSame(
    waits,
    [2000, 2000, 500, 1000],
    'half of 1000 and 2000, which the chance of this test makes the least',
  )
})

t.test('a wait that would end after the deadline fails at once, and the next callers too', async (t) => {
  const { credential, request, sent, pass, waits } = stageClient()
  const failing = credential.getToken(graph)
  ;(await request(1)).answer(429, problem(429, 'rate_limited'), { 'retry-after': '60' })
  await t.rejects(failing, { code: 'rate_limited', status: 429, retryAfterSeconds: 60 })
  await t.rejects(credential.getToken(graph), { code: 'rate_limited' })
  t.equal(sent.length, 1, 'the broker was left in peace')
  t.strictSame(waits, [])
  pass(60)
  const token = credential.getToken(graph)
  ;(await request(2)).issue('one')
  t.equal((await token).token, 'one')
})

t.test('a broker that never answers fails the callers at the deadline', async (t) => {
  // An open socket would keep the process; here there is none.
  const socket = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(socket))
  const { credential } = stageClient({ deadlineSeconds: 0.02 })
  await t.rejects(credential.getToken(graph), { code: 'deadline_exceeded', message: /within 0.02 s/ })
})

t.test('what does not pass is not tried again', async (t) => {
  const { credential, request, sent } = stageClient()
  const failing = credential.getToken(graph)
  ;(await request(1)).answer(
    409,
    problem(409, 'consent_missing', {
      hint: 'Send it.',
      admin_consent_url: 'https://broker.example/consent/1',
    }),
  )
  await t.rejects(failing, {
    name: 'BrokerError',
    code: 'consent_missing',
    status: 409,
    hint: 'Send it.',
    requestId: '0f6c1a52-7a55-4f0e-9a53-5d0f8d0f4f2a',
    adminConsentUrl: 'https://broker.example/consent/1',
    message:
      'consent_missing: What went wrong. Send it. https://broker.example/consent/1 (request 0f6c1a52-7a55-4f0e-9a53-5d0f8d0f4f2a)',
  })
  t.equal(sent.length, 1)
  const again = credential.getToken(graph)
  ;(await request(2)).answer(502, '<html>a proxy</html>')
  await t.rejects(again, { code: 'unexpected_reply', status: 502 })
})

t.test('one who aborts leaves the others waiting; the last one takes the request along', async (t) => {
  const { credential, request, sent } = stageClient()
  const [one, two] = [new AbortController(), new AbortController()]
  const first = credential.getToken(graph, { abortSignal: one.signal })
  const second = credential.getToken(graph, { abortSignal: two.signal })
  one.abort()
  await t.rejects(first, { name: 'AbortError' })
  const { signal } = await request(1)
  t.notOk(signal.aborted)
  two.abort()
  await t.rejects(second, { name: 'AbortError' })
  const third = credential.getToken(graph)
  t.ok(signal.aborted)
  await t.rejects(credential.getToken(graph, { abortSignal: one.signal }), { name: 'AbortError' })
  t.equal(sent.length, 2, 'who comes aborted asks nothing')
  ;(await request(2)).issue('one')
  t.equal((await third).token, 'one', 'who comes next has a request of their own')
})

t.test(
  'a token that was refused is reported once, with the next request and until one succeeds',
  async (t) => {
    const { credential, request, sent, pass } = stageClient()
    const first = credential.getToken(graph)
    ;(await request(1)).issue('one')
    await first
    credential.reportRejected('another')
    t.equal((await credential.getToken(graph)).token, 'one', 'one that it does not hold is nothing to it')
    for (let times = 0; times < 3; times += 1) credential.reportRejected('one')
    const second = credential.getToken(graph)
    const sha = '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed'
    t.strictSame((await request(2)).body, {
      tenant: 'contoso',
      scopes: ['Mail.Read'],
      rejected_token_sha256: sha,
    })
    ;(await request(2)).answer(403, problem(403, 'x'))
    await t.rejects(second)
    const third = credential.getToken(graph)
    t.equal((await request(3)).body['rejected_token_sha256'], sha)
    ;(await request(3)).issue('one')
    await third
    credential.reportRejected('one')
    await credential.getToken(graph)
    t.equal(sent.length, 3, 'the broker kept it, and is not asked again for a while')
    pass(30)
    credential.reportRejected('one')
    const fourth = credential.getToken(graph)
    ;(await request(4)).issue('two')
    t.equal((await fourth).token, 'two')
    pass(1800)
    await credential.getToken(graph)
    t.notOk('rejected_token_sha256' in (await request(5)).body)
  },
)

t.test('a request that was under way when a token was refused brings it back to nobody after', async (t) => {
  const { credential, request, pass } = stageClient()
  const first = credential.getToken(graph)
  ;(await request(1)).issue('one')
  await first
  pass(1800)
  await credential.getToken(graph)
  credential.reportRejected('one')
  const next = credential.getToken(graph)
  ;(await request(3)).issue('two')
  t.equal((await next).token, 'two')
  ;(await request(2)).issue('one')
  await new Promise(setImmediate)
  t.equal((await credential.getToken(graph)).token, 'two')
})

t.test('a claims challenge is a report, and those who bring the same one share it', async (t) => {
  const { credential, request, sent } = stageClient()
  const first = credential.getToken(graph)
  ;(await request(1)).issue('one')
  await first
  const challenged = [1, 2, 3].map(() => credential.getToken(graph, { claims: '{"access_token":{}}' }))
  t.ok('rejected_token_sha256' in (await request(2)).body)
  ;(await request(2)).issue('two')
  for (const { token } of await Promise.all(challenged)) t.equal(token, 'two')
  t.equal((await credential.getToken(graph, { claims: '{"access_token":{}}' })).token, 'two')
  t.equal(sent.length, 2)
})

t.test('a token file is read for each request, so that it can be replaced', async (t) => {
  const { credential, request, files, pass } = stageClient({ tokenFile: '/var/run/token' })
  await t.rejects(credential.getToken(graph), { code: 'token_file_unreadable', message: /ENOENT/ })
  files.set('/var/run/token', 'two\nlines')
  await t.rejects(credential.getToken(graph), { code: 'token_file_unreadable', message: /does not hold/ })
  files.set('/var/run/token', 'first.jwt\n')
  const first = credential.getToken(graph)
  t.equal((await request(1)).authorization, 'Bearer first.jwt')
  files.set('/var/run/token', 'second.jwt\n')
  ;(await request(1)).answer(503, problem(503, 'entra_unavailable'))
  t.equal((await request(2)).authorization, 'Bearer second.jwt', 'for each attempt, even')
  ;(await request(2)).issue('one')
  await first
  pass(3600)
  files.set('/var/run/token', 'third.jwt\n')
  const next = credential.getToken(graph)
  t.equal((await request(3)).authorization, 'Bearer third.jwt')
  ;(await request(3)).issue('two')
  t.ok(await next)
})

t.test('a token for another API or another tenant is refused', async (t) => {
  const { credential, request } = stageClient({ tenant: '6BA7B810-9dad-41d1-80b4-00c04fd430c8' })
  const vault = credential.getToken(['https://vault.azure.net/.default'])
  ;(await request(1)).issue('one')
  const wanted = {
    code: 'other_resource',
    message: /"https:\/\/vault.azure.net\/.default".*graph.microsoft.com/,
  }
  await t.rejects(vault, wanted)
  for (const scope of [
    '00000003-0000-0000-c000-000000000000/.default',
    'https://graph.microsoft.us/.default',
  ])
    await t.rejects(credential.getToken([graph, scope]), { code: 'other_resource' }, scope)
  for (const scope of [graph, 'Mail.Read', '.default', 'https://graph.microsoft.com//.default'])
    t.equal((await credential.getToken(scope)).token, 'one', scope)
  t.equal((await credential.getToken([], { tenantId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' })).token, 'one')
  await t.rejects(credential.getToken(graph, { tenantId: 'fabrikam' }), BrokerError)
})
