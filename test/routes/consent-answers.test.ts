import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { setConsentStage, until } from './consent-stage.ts'
import { outcomeOf, type Visitor } from './visitor.ts'

const stage = await setConsentStage(t)
const { operator, sandbox, entra, token, visit, linkOf } = stage
const { addCustomer, mintsOf, statusOf, elapse, step } = stage

t.test('from the link to the first token', async (t) => {
  const { headers: read } = await operator('GET', '/applications/demo')
  const shown = { return_url: 'http://127.0.0.1:9/connected?a=b', support_url: 'https://example.com/help' }
  const tag = { 'if-match': String(read['etag']) }
  await expectSuccess(operator('PATCH', '/applications/demo', shown, tag))
  const link = await linkOf('northwind')
  t.equal((await token('northwind')).status, 409)
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(link))
  t.match(back, /admin_consent=True/)
  const { status, headers } = await visitor.get(back)
  t.equal(status, 303)
  t.match(headers['location'], /^\/consent\/outcome\/[\w.-]+$/)
  await until(async () => outcomeOf(await visitor.get(String(headers['location']))) === 'ready')
  const { text } = await visitor.get(`${headers['location']}?return_url=https://attacker.example`)
  for (const url of Object.values(shown)) t.ok(text.includes(`href="${url}"`), url)
  t.notMatch(text, /attacker/)
  t.equal(await statusOf('northwind'), 'granted')
  t.equal((await token('northwind')).status, 200, 'although the refusal of before was remembered')
  t.equal(outcomeOf(await visitor.get(back)), 'already_used')
})

t.test('what is still missing after a minute is told', async (t) => {
  await addCustomer('halfway')
  const required = { required_roles: ['Mail.Read'] }
  await expectSuccess(entra('PUT', `/_sandbox/applications/${sandbox.demo.clientId}`, required))
  const visitor = visit(t)
  const receipt = await approve(visitor, 'halfway')
  await until(async () => (await statusOf('halfway')) === 'incomplete')
  for (const seconds of [2, 2, 4, 7, 10, 15, 18, 11]) {
    t.equal(outcomeOf(await visitor.get(receipt)), 'checking')
    elapse(seconds)
  }
  elapse(1)
  const reply = await visitor.get(receipt)
  t.equal(outcomeOf(reply), 'permissions_missing')
  t.ok(reply.text.includes('Calendars.ReadWrite') && !reply.text.includes('Mail.Read<'))
  t.match(reply.text, `href="${await linkOf('halfway')}"`)
  const whole = { required_roles: demoPermissions }
  await expectSuccess(entra('PUT', `/_sandbox/applications/${sandbox.demo.clientId}`, whole))
})

async function approve(visitor: Visitor, tenant: string): Promise<string> {
  const { headers } = await visitor.get(await visitor.decide(await visitor.leave(await linkOf(tenant))))
  return String(headers['location'])
}

t.test('while Microsoft is away it is looked for again, and said in the end', async (t) => {
  const directory = await addCustomer('outage')
  await entra('POST', '/_sandbox/faults', { match: `/${directory}/oauth2/v2.0/token`, status: 503 })
  const visitor = visit(t)
  const receipt = await approve(visitor, 'outage')
  await until(async () => (await mintsOf(directory)) > 0)
  elapse(70)
  await until(async () => outcomeOf(await visitor.get(receipt)) === 'microsoft_unavailable')
  await entra('DELETE', '/_sandbox/faults')
  t.equal((await visitor.get(receipt)).status, 200)
  step(3_600)
  t.equal(outcomeOf(await visitor.get(receipt)), 'link_invalid', 'an hour later')
  step(-3_600)
})
