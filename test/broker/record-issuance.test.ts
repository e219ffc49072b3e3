import t, { type Test } from 'tap'
import { createAwaitToken, createRequestToken } from '../../src/broker/record-issuance.ts'
import type { TokenRequest } from '../../src/broker/token-request.ts'
import type { AuditFailure } from '../../src/domain/failure.ts'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import { unavailable } from './cache-stage.ts'
import { minute, type TokenShape, tokenOf, turn } from './fixture.ts'
import { type Issuing, openIssuing } from './issuing.ts'
import { addApplication, addCaller, addTenant } from './world.ts'

const lost: AuditFailure = { code: 'audit_unavailable', retryAfterSeconds: 5 }
const wish: TokenRequest = { tenant: 'contoso', scopes: ['Mail.Read'], dialect: 'aurinko' }

async function open(t: Test) {
  const issuing = await openIssuing(t)
  await addApplication(issuing, 'mail')
  await addTenant(issuing, 'contoso', ['mail'], { role_check: 'warn' })
  await addCaller(issuing, 'orders', [{ excess: 'allow' }])
  const lines: { text: string; settle: (kept: Result<void, AuditFailure>) => void }[] = []
  const counted: [string, string, number][] = []
  const requestToken = createRequestToken({
    issueToken: (caller, request) => issuing.ask(request, caller),
    audit: { append: (text, settle) => void lines.push({ text, settle }) },
    metrics: {
      tokenRequest: (outcome, cache, milliseconds) => void counted.push([outcome, cache, milliseconds]),
      entraRequest: () => t.fail('Entra is counted where it is asked'),
    },
    clock: issuing.clock,
  })
  return { issuing, lines, counted, requestToken: createAwaitToken(requestToken) }
}

/** Lets Entra take a while, so that there is something to measure. */
async function mintSlowly(issuing: Issuing, shape: TokenShape): Promise<void> {
  const mint = await issuing.entra.next()
  issuing.clock.advance(40)
  mint.succeed(tokenOf(issuing.clock, shape))
}

t.test('A token is handed out once its line is kept, and not before', async (t) => {
  const { issuing, lines, requestToken } = await open(t)
  let answered = false
  const waiting = requestToken('orders', wish, 'request-7')
  waiting.then(() => {
    answered = true
  })
  await issuing.give({ value: 'T' })
  await turn()
  t.equal(lines.length, 1)
  t.notOk(answered)
  lines[0]?.settle(ok(undefined))
  t.match(await waiting, { ok: true, value: { accessToken: 'T' } })
})

t.test(
  'A token that is renewed while its line is written is handed out, and no other in its place',
  async (t) => {
    const { issuing, lines, requestToken } = await open(t)
    await addTenant(issuing, 'fabrikam', ['mail'], { role_check: 'warn' })
    const keepLines = async () => {
      await turn()
      for (const line of lines.splice(0)) line.settle(ok(undefined))
    }
    const minted = requestToken('orders', wish, 'request-1')
    await issuing.give({ value: 'T', refreshIn: minute })
    await keepLines()
    await minted
    const hits = [requestToken('orders', wish, 'request-2')]
    await turn()

    issuing.clock.advance(minute)
    hits.push(requestToken('orders', wish, 'request-3'))
    await issuing.give({ value: 'U' })
    const other = requestToken('orders', { ...wish, tenant: 'fabrikam' }, 'request-4')
    await issuing.give({ value: 'V' })
    await keepLines()
    for (const hit of hits) t.match(await hit, { ok: true, value: { origin: 'hit', accessToken: 'T' } })
    t.match(await other, { ok: true, value: { accessToken: 'V' } })
  },
)

t.test('If the line cannot be kept, nothing is handed out and that is what is told', async (t) => {
  const { issuing, lines, counted, requestToken } = await open(t)
  const waiting = requestToken('orders', wish, 'request-7')
  await issuing.give({ value: 'T' })
  await turn()
  lines[0]?.settle(fail(lost))
  t.strictSame(await waiting, { ok: false, failure: lost })
  t.match(counted, [['audit_unavailable', 'mint', Number]])
})

t.test('A denial whose line cannot be kept tells of the audit too', async (t) => {
  const { lines, counted, requestToken } = await open(t)
  const waiting = requestToken('nobody', wish, 'request-7')
  await turn()
  lines[0]?.settle(fail(lost))
  t.strictSame(await waiting, { ok: false, failure: lost })
  t.match(counted, [['audit_unavailable', 'none', Number]])
})

t.test('The line of a token says who got what, and never the token', async (t) => {
  const { issuing, lines, requestToken } = await open(t)
  requestToken('orders', { ...wish, scopes: ['Mail.ReadOnly'] }, 'request-7')
  const roles = ['Mail.Read', 'User.Read.All']
  await mintSlowly(issuing, { value: 'secret-token', uti: 'uti-1', roles })
  await turn()
  const text = lines[0]?.text ?? ''
  t.notMatch(text, /secret-token/)
  t.strictSame(JSON.parse(text), {
    time: new Date(issuing.clock.now()).toISOString(),
    event: 'token.issued',
    request_id: 'request-7',
    caller: 'orders',
    tenant: 'contoso',
    scopes: ['Mail.ReadOnly'],
    dialect: 'aurinko',
    outcome: 'issued',
    application: 'mail',
    resource: 'graph',
    permissions: roles,
    excess_permissions: ['User.Read.All'],
    missing_permissions: [],
    cache: 'mint',
    uti: 'uti-1',
    expires_at: Math.floor(issuing.clock.now() / 1000) + 3_600,
  })
})

t.test('A tenant that was named by its directory stands in the line by its id', async (t) => {
  const { issuing, lines, requestToken } = await open(t)
  const tenant = issuing.snapshot().tenant('contoso')?.directoryId ?? ''
  requestToken('orders', { ...wish, tenant }, 'request-7')
  await issuing.give()
  await turn()
  t.match(JSON.parse(lines[0]?.text ?? ''), { tenant: 'contoso' })
})

t.test('A denial has its line too, with what was asked for and why it was denied', async (t) => {
  const { issuing, lines, counted, requestToken } = await open(t)
  const waiting = requestToken('nobody', wish, 'request-7')
  await turn()
  t.strictSame(JSON.parse(lines[0]?.text ?? ''), {
    time: new Date(issuing.clock.now()).toISOString(),
    event: 'token.denied',
    request_id: 'request-7',
    caller: 'nobody',
    tenant: 'contoso',
    scopes: ['Mail.Read'],
    dialect: 'aurinko',
    outcome: 'unauthenticated',
  })
  lines[0]?.settle(ok(undefined))
  t.match(await waiting, { failure: { code: 'unauthenticated' } })
  t.match(counted, [['unauthenticated', 'none', Number]])
})

t.test('Whatever a caller sends stays one line of JSON', async (t) => {
  const { lines, requestToken } = await open(t)
  const scopes = ['Mail.Read\r\n{"event":"token.issued"}', '\u001b[31mred', '\u2028', '\u0000', '"']
  requestToken('orders', { ...wish, tenant: 'a\nb', scopes }, 'request\n7')
  await turn()
  const text = lines[0]?.text ?? ''
  t.ok([...text].every((character) => character >= ' '))
  t.match(JSON.parse(text), { event: 'token.denied', tenant: 'a\nb', scopes })
})

t.test('Every request is counted, with where its token came from and how long it took', async (t) => {
  const { issuing, lines, counted, requestToken } = await open(t)
  const asking = [requestToken('orders', wish, 'a'), requestToken('orders', wish, 'b')]
  await mintSlowly(issuing, {})
  await turn()
  asking.push(requestToken('orders', wish, 'c'))
  await turn()
  for (const { settle } of lines) settle(ok(undefined))
  await Promise.all(asking)
  t.strictSame(counted.map(([outcome, cache]) => [outcome, cache]).sort(), [
    ['issued', 'hit'],
    ['issued', 'mint'],
    ['issued', 'shared'],
  ])
  t.equal(counted.find(([, cache]) => cache === 'mint')?.[2], 40)
})

t.test("Entra's failures are counted by what they are", async (t) => {
  const { issuing, lines, counted, requestToken } = await open(t)
  const waiting = requestToken('orders', wish, 'a')
  await issuing.refuse(unavailable)
  await turn()
  lines[0]?.settle(ok(undefined))
  await waiting
  t.match(counted, [['entra_unavailable', 'none', Number]])
})

t.test('An error that nobody expected is told as what it is, and nothing is handed out', async (t) => {
  const error = new Error('broken')
  const requestToken = createRequestToken({
    issueToken: () => Promise.reject(error),
    audit: { append: () => t.fail('there is nothing to audit') },
    metrics: { tokenRequest: () => undefined, entraRequest: () => undefined },
    clock: { now: () => 0, monotonic: () => 0 },
  })
  await t.rejects(createAwaitToken(requestToken)('orders', wish, 'a'), error)
})
