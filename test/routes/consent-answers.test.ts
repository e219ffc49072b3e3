import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { setConsentStage, until } from './consent-stage.ts'
import { outcomeOf, type Visitor } from './visitor.ts'

const stage = await setConsentStage(t)
const { operator, sandbox, entra, token, origin, visit, linkOf } = stage
const { addCustomer, mintsOf, statusOf, elapse, step } = stage

type Visiting = () => ReturnType<Visitor['get']>

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

t.test('an answer that is forged, replayed, foreign or late enables nothing', async (t) => {
  const directory = await addCustomer('guarded')
  const link = await linkOf('guarded')
  const visitor = visit(t)
  const stranger = visit(t)
  const page = await visitor.leave(link)
  const back = await visitor.decide(page, 'cancel')
  const state = String(page.searchParams.get('state'))
  const good = `admin_consent=True&tenant=${directory}`
  const answer = (query: string) => `/consent/callback?${query}`
  await stranger.press(await linkOf('contoso'))
  const cases: [string, Visiting, string][] = [
    ['no state', () => visitor.get(answer(good)), 'link_invalid'],
    ['made up', () => visitor.get(answer(`${good}&state=${'A'.repeat(43)}`)), 'link_invalid'],
    ['garbled', () => visitor.get(answer(`${good}&state=${state.slice(1)}`)), 'link_invalid'],
    ['sent twice', () => visitor.get(answer(`${good}&state=${state}&state=${state}`)), 'link_invalid'],
    ['of nobody', () => visit(t).get(answer(`${good}&state=${state}`)), 'other_browser'],
    ['of another', () => stranger.get(answer(`${good}&state=${state}`)), 'other_browser'],
  ]
  for (const [what, ask, outcome] of cases) {
    const reply = await ask()
    t.strictSame([reply.status, outcomeOf(reply)], [400, outcome], what)
    t.notOk(reply.text.includes('/consent/f') || reply.text.includes(directory), 'and learns nothing')
  }
  t.equal(outcomeOf(await visitor.get(back)), 'cancelled', 'the visit was still open')
  const replayed = await visitor.get(answer(`${good}&state=${state}`))
  t.strictSame([replayed.status, outcomeOf(replayed)], [400, 'already_used'])

  for (const tenant of [crypto.randomUUID(), '', `${directory} `, 'common']) {
    const swapped = String((await visitor.leave(link)).searchParams.get('state'))
    const reply = await visitor.get(answer(`admin_consent=True&tenant=${tenant}&state=${swapped}`))
    t.strictSame([reply.status, outcomeOf(reply)], [400, 'wrong_directory'], tenant)
    t.match(reply.text, `href="${link}"`, 'with a way to try again')
  }
  const late = String((await visitor.leave(link)).searchParams.get('state'))
  step(601)
  t.equal(outcomeOf(await visitor.get(answer(`${good}&state=${late}`))), 'link_invalid')
  step(-601)
  const revoked = String((await visitor.leave(link)).searchParams.get('state'))
  await expectSuccess(operator('DELETE', '/tenants/guarded/tokens'))
  t.equal(
    outcomeOf(await visitor.get(answer(`${good}&state=${revoked}`))),
    'link_invalid',
    'revoked meanwhile',
  )
  t.equal(await mintsOf(directory), 0)
  t.equal(await statusOf('guarded'), 'unknown')
})

t.test('50 answers at once with one state: one starts one look', async (t) => {
  const directory = await addCustomer('stampede')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(await linkOf('stampede')))
  const replies = await Promise.all(Array.from({ length: 50 }, () => visitor.get(back)))
  const went = replies.filter(({ status }) => status === 303)
  t.equal(went.length, 1)
  t.equal(replies.filter((reply) => outcomeOf(reply) === 'already_used').length, 49)
  await until(async () => (await statusOf('stampede')) === 'granted')
  t.equal(await mintsOf(directory), 1)
})

t.test('what Microsoft says against it: the page is ours, and nothing of the address is in it', async (t) => {
  const directory = await addCustomer('refused')
  const link = await linkOf('refused')
  const said = `sesame"><script>alert(1)</script>' \u202e ${'x'.repeat(10_000)}`
  const visitor = visit(t)
  const cases: [string, Record<string, string>][] = [
    ['cancelled', { error: 'access_denied', error_subcode: 'cancel' }],
    [
      'cancelled',
      { error: 'consent_required', error_description: `AADSTS65004: ${said}`, admin_consent: 'True' },
    ],
    ['not_administrator', { error: 'access_denied', error_description: `AADSTS90094: ${said}` }],
    ['microsoft_unavailable', { error: 'temporarily_unavailable', error_description: said }],
    ['microsoft_refused', { error: said.slice(0, 60), error_description: said, admin_consent: 'True' }],
    ['microsoft_refused', { sesame: said }],
  ]
  for (const [outcome, query] of cases) {
    const state = String((await visitor.leave(link)).searchParams.get('state'))
    const sent = new URLSearchParams({ ...query, tenant: directory, state })
    const reply = await visitor.get(`/consent/callback?${sent}`)
    t.strictSame([reply.status, outcomeOf(reply)], [200, outcome], outcome)
    t.notMatch(reply.text, /sesame|<script|AADSTS|\u202e|xxx/)
    t.notOk(reply.text.includes(state))
    t.match(reply.headers['content-security-policy'], /^default-src 'none'(?!.*unsafe)/)
    t.match(reply.text, `href="${link}"`)
  }
  t.equal(await mintsOf(directory), 0)
})

t.test('a preview of the way back ends no visit', async (t) => {
  await addCustomer('previewed')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(await linkOf('previewed')))
  const head = await fetch(`${origin}${back}`, {
    method: 'HEAD',
    headers: { cookie: String(visitor.cookie) },
  })
  t.equal(head.status, 404)
  t.equal((await visitor.get(back)).status, 303)
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
