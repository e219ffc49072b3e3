import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type ApiReply, createApiClient, expectSuccess, text } from '../../../sandbox/api-client.ts'
import { generateApiKey } from '../../../src/broker/api-key.ts'
import { refuseAuthentications } from '../../../src/broker/failed-authentications.ts'
import { systemRandom } from '../../../src/compose/platform.ts'
import { clientNetwork } from '../../../src/http/client-network.ts'
import { manualClock, second } from '../../broker/fixture.ts'
import { runSandbox } from '../../fixture.ts'
import { expectProblem } from '../../http/expect-problem.ts'
import { createRawClient } from '../../http/raw-client.ts'

const refused = { status: 401, code: 'unauthenticated' }
const limited = { status: 429, code: 'too_many_failures' }
const wish = { tenant: 'contoso', scopes: ['Mail.Read'] }

/** Stands still, so that what is allowed again with time is not while the test runs. */
let time = 1_000
const platform = { clock: { now: () => Date.now(), monotonic: () => time } }
const environment = { TRUST_PROXY_CIDRS: '127.0.0.0/8' }
const stage = await runSandbox(t, { environment, platform })
const direct = createApiClient({ origin: stage.sandbox.broker.origin })
const { callerKey } = stage.sandbox.demo
const newKey = () => generateApiKey(systemRandom).text
/** The id of somebody's key, with a secret of one's own. */
const forged = (id: string) => newKey().replace(/\.[a-z0-9]{16}\./, `.${id}.`)
const [, callerKeyId = ''] = callerKey.split('.')

const auditLines = () => readFileSync(join(stage.folder, 'audit.log'), 'utf8').trimEnd().split('\n')

/** Asks for a token as a client that the proxy, which this test is, saw at an address. */
function from(address: string, key: string): Promise<ApiReply> {
  const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': address }
  return direct('POST', '/tokens', wish, headers)
}

async function guess(times: number, address: string, key: () => string): Promise<Map<number, number>> {
  const replies = new Map<number, number>()
  for (let left = times; left > 0; left -= 50) {
    const batch = await Promise.all(Array.from(Array(Math.min(50, left)), () => from(address, key())))
    for (const { status } of batch) replies.set(status, (replies.get(status) ?? 0) + 1)
  }
  return replies
}

t.test(
  'a thousand keys that nobody has: 429, and a valid caller at the same address is served',
  async (t) => {
    t.strictSame(
      await guess(1_000, '203.0.113.1', newKey),
      new Map([
        [401, 100],
        [429, 900],
      ]),
    )
    const reply = await from('203.0.113.1', newKey())
    expectProblem(t, reply, limited)
    t.match(reply.headers['retry-after'], /^[1-9]\d?$/)
    t.equal((await from('203.0.113.1', callerKey)).status, 200)
    expectProblem(t, await from('203.0.113.2', newKey()), refused, 'and others still hear 401')
  },
)

t.test('nobody locks a key out, from its own address or from another', async (t) => {
  t.strictSame(
    await guess(50, '203.0.113.3', () => forged(callerKeyId)),
    new Map([
      [401, 20],
      [429, 30],
    ]),
  )
  expectProblem(t, await from('203.0.113.3', newKey()), refused, 'another key id is counted apart')
  expectProblem(t, await from('203.0.113.4', forged(callerKeyId)), refused, 'and so is another address')
  for (const address of ['203.0.113.3', '203.0.113.4']) t.equal((await from(address, callerKey)).status, 200)
})

t.test('known and unknown key ids answer alike, failure by failure', async (t) => {
  const [known, unknown] = [forged(callerKeyId), newKey()]
  for (let count = 0; count < 25; count += 1) {
    const [one, other] = [await from('203.0.113.5', known), await from('203.0.113.6', unknown)]
    const shown = ({ status, headers, body: { instance: _, ...body } }: ApiReply) => [
      status,
      headers['retry-after'],
      headers['www-authenticate'],
      body,
    ]
    t.strictSame(shown(one), shown(other), `failure ${count + 1}`)
  }
})

t.test('whoever waits as told hears 401 again', async (t) => {
  const key = newKey()
  await guess(30, '203.0.113.7', () => key)
  const reply = await from('203.0.113.7', key)
  expectProblem(t, reply, limited)
  time += Number(reply.headers['retry-after']) * second
  expectProblem(t, await from('203.0.113.7', key), refused)
})

t.test('who sends nothing guesses nothing', async (t) => {
  const replies = await Promise.all(Array.from(Array(200), () => direct('GET', '/tenants')))
  t.ok(replies.every(({ status }) => status === 401))
})

t.test('failures are counted by what was tried, and none has a line in the audit', async (t) => {
  const { text: shown } = await createRawClient(stage.sandbox.broker.origin)({
    method: 'GET',
    path: '/metrics',
  })
  for (const reason of ['none', 'api_key', 'too_many'])
    t.match(shown, new RegExp(`token_broker_authentication_failures_total\\{reason="${reason}"\\} [1-9]`))
  t.ok(auditLines().every((line) => JSON.parse(line).caller === 'demo-service'))
})

t.test('without trusted proxies nobody says where they come from', async (t) => {
  const { anonymous, caller } = await runSandbox(t, { platform })
  const statuses: number[] = []
  for (let count = 0; count < 120; count += 1) {
    const headers = { authorization: `Bearer ${newKey()}`, 'x-forwarded-for': `198.51.100.${count}` }
    statuses.push((await anonymous('POST', '/tokens', wish, headers)).status)
  }
  t.strictSame(statuses, [...Array(100).fill(401), ...Array(20).fill(429)])
  t.equal((await caller('POST', '/tokens', wish)).status, 200)
})

t.test('a caller beyond its own rate is told so, and the denial is in the audit', async (t) => {
  const { operator } = stage
  const grants = [{ tenants: '*', permissions: ['Mail.Read'], excess: 'allow' }]
  await expectSuccess(operator('PUT', '/callers/limited', { role: 'caller', rate_limit: 2, grants }))
  const key = text(await expectSuccess(operator('POST', '/callers/limited/keys', {})), 'key')
  const ask = () => direct('POST', '/tokens', wish, { authorization: `Bearer ${key}` })
  const replies = [await ask(), await ask(), await ask()]
  t.strictSame(
    replies.map(({ status }) => status),
    [200, 200, 429],
  )
  const [, , last] = replies
  if (last === undefined) throw new Error('there was no third reply')
  expectProblem(t, last, { status: 429, code: 'rate_limited' })
  t.match(last.headers['retry-after'], '30')
  t.match(last.body['hint'], 'rate_limit')
  const requestId = String(last.body['instance']).replace('urn:uuid:', '')
  t.match(JSON.parse(auditLines().find((line) => line.includes(requestId)) ?? '{}'), {
    event: 'token.denied',
    caller: 'limited',
    tenant: 'contoso',
    outcome: 'rate_limited',
  })
  t.equal((await direct('GET', '/scopes', undefined, { authorization: `Bearer ${key}` })).status, 200)
})

t.test('one client is an IPv4 address, or the /64 of an IPv6 one', async (t) => {
  for (const [ip, network] of [
    ['203.0.113.1', '203.0.113.1'],
    ['::ffff:203.0.113.1', '203.0.113.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::203.0.113.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:203.0.113.1', '1:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['x'.repeat(16_000), 'unknown'],
    ['', 'unknown'],
  ] as const)
    t.equal(clientNetwork(ip), network, ip.slice(0, 50))
})

t.test('a flood of addresses and key ids takes bounded memory, and forgets the oldest', async (t) => {
  const clock = manualClock()
  const counted = new Map<string, number>()
  const metrics = {
    authenticationFailure: (fault: string) => void counted.set(fault, (counted.get(fault) ?? 0) + 1),
  }
  const refuse = refuseAuthentications({ clock, metrics })
  const key = newKey()
  for (let count = 0; count < 21; count += 1) refuse('a', `Bearer ${key}`)
  t.match(refuse('a', `Bearer ${key}`), { code: 'too_many_failures', retryAfterSeconds: 3 })
  for (let other = 0; other < 9_999; other += 1) refuse(`b${other}`, `Bearer ${key}`)
  t.match(refuse('a', `Bearer ${key}`), { code: 'too_many_failures' }, 'still among the last ten thousand')
  for (let other = 0; other < 10_000; other += 1) refuse(`c${other}`, `Bearer ${key}`)
  t.match(refuse('a', `Bearer ${key}`), { code: 'unauthenticated' })
  t.strictSame([...counted.keys()].sort(), ['api_key', 'too_many'])
  refuse('a', 'Bearer eyJhbGciOiJub25lIn0.e30.')
  refuse('a', undefined)
  t.equal(counted.get('other'), 1)
  t.equal(counted.get('none'), 1)
})
