import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { json } from '../http/raw-client.ts'
import { setStage } from './stage.ts'
import { createVisitor, form, goAhead, outcomeOf } from './visitor.ts'

const { clock, wait, pass, step } = goAhead()
const stage = await setStage(t, { platform: { clock, wait } })
const { operator, sandbox, entra, folder, token, addTenant } = stage
const { origin } = sandbox.broker
const visit = (t: Test) => createVisitor(t, sandbox)

async function linkOf(tenant: string): Promise<string> {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return new URL(String(items(body['consents'])[0]?.['admin_consent_url'])).pathname
}

/** How often Entra was asked for a token of this directory. */
async function mintsOf(directory: string): Promise<number> {
  const { body } = await entra('GET', '/_sandbox/requests')
  return Number(members(body['by_route'])[`POST /${directory}/oauth2/v2.0/token`] ?? 0)
}

async function statusOf(tenant: string): Promise<unknown> {
  return items((await operator('GET', `/tenants/${tenant}`)).body['consents'])[0]?.['status']
}

/** Everything of a registry that a visitor could have changed. */
function rows() {
  const db = new DatabaseSync(join(folder, 'registry.sqlite'), { readOnly: true })
  const read = ['registry_meta', 'observation', 'consent_state', 'audit_change'].map((table) =>
    db.prepare(`select * from ${table}`).all(),
  )
  db.close()
  return read
}

const addDemoTenant = (id: string) => addTenant(id, { more: { display_name: `${id} GmbH` } })

t.test('opening the link, as mail scanners do, says who asks for what and writes nothing', async (t) => {
  const directory = await addDemoTenant('scanned')
  const link = await linkOf('scanned')
  const before = rows()
  const visitor = visit(t)
  const page = await visitor.get(link)
  t.equal(page.status, 200)
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(page.headers['cache-control'], 'no-store')
  t.equal(page.headers['set-cookie'], undefined)
  for (const shown of ['scanned GmbH', directory, sandbox.demo.clientId, `action="${link}"`]) {
    t.ok(page.text.includes(shown), shown)
  }
  for (let times = 0; times < 3; times += 1) await visitor.get(link)
  t.strictSame(rows(), before)
  t.equal(await mintsOf(directory), 0)
  t.equal((await visitor.get(link, { 'accept-language': 'de-DE,de' })).headers['content-language'], 'de')
})

t.test('a link that nobody was given is one page, whatever is wrong with it', async (t) => {
  await addDemoTenant('known')
  const path = await linkOf('known')
  const other = await linkOf('contoso')
  const parts = path.split('.')
  const forged = [
    '/consent/x',
    '/consent/callback.',
    '/consent/callbacks',
    `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`,
    path.toUpperCase().replace('/CONSENT', '/consent'),
    `${path}.`,
    `${path.slice(0, path.lastIndexOf('.'))}.`,
    [...parts.slice(0, 3), String(Number(parts[3]) + 86_400), ...parts.slice(4)].join('.'),
    [...parts.slice(0, 2), String(Number(parts[2]) + 1), ...parts.slice(3)].join('.'),
    `${other.slice(0, other.lastIndexOf('.'))}.${path.slice(path.lastIndexOf('.') + 1)}`,
  ]
  const visitor = visit(t)
  for (const link of forged) {
    for (const reply of [await visitor.get(link), await visitor.press(link)]) {
      t.strictSame([reply.status, outcomeOf(reply)], [404, 'link_invalid'], link.slice(0, 60))
    }
  }
  await expectSuccess(operator('DELETE', '/tenants/known/tokens'))
  t.equal(outcomeOf(await visitor.get(path)), 'link_invalid', 'revoked by an epoch')
  const renewed = await linkOf('known')
  t.equal((await visitor.get(renewed)).status, 200)
  const { headers } = await operator('GET', '/tenants/known')
  const match = { 'if-match': String(headers['etag']) }
  await expectSuccess(operator('PATCH', '/tenants/known', { enabled: false }, match))
  t.equal(outcomeOf(await visitor.get(renewed)), 'link_invalid', 'disabled')
  t.equal(outcomeOf(await visitor.get(await linkOf('known'))), 'link_invalid', 'disabled, and a new link')
})

t.test('the button leads to the page of exactly its directory, with a state for this browser', async (t) => {
  const directory = await addDemoTenant('pressed')
  const link = await linkOf('pressed')
  const visitor = visit(t)
  const reply = await visitor.press(link)
  t.equal(reply.status, 200)
  t.match(reply.headers['set-cookie'], /^consent=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
  const first = await visitor.leave(link)
  t.equal(`${first.origin}${first.pathname}`, `${sandbox.cloud.entra.origin}/${directory}/adminconsent`)
  t.equal(first.searchParams.get('client_id'), sandbox.demo.clientId)
  t.equal(first.searchParams.get('redirect_uri'), `${origin}/consent/callback`)
  const state = String(first.searchParams.get('state'))
  t.match(state, /^[\w-]{43}$/)
  const { cookie } = visitor
  t.not((await visitor.leave(link)).searchParams.get('state'), state)
  t.equal(visitor.cookie, cookie, 'one browser, one secret')
  const kept = JSON.stringify(rows())
  t.notOk(kept.includes(state) || kept.includes(String(cookie).slice('consent='.length)), 'hashed alone')
})

t.test('a form of somebody else, and what is no form, goes nowhere', async (t) => {
  const link = await linkOf('pressed')
  const visitor = visit(t)
  const before = rows()
  const foreign = [
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin },
  ]
  for (const headers of foreign) {
    t.equal((await visitor.press(link, { ...form, ...headers })).status, 403, JSON.stringify(headers))
  }
  expectProblem(t, await visitor.press(link, json), { status: 415, code: 'unsupported_media_type' })
  t.strictSame(rows(), before)
  for (const headers of [{ origin }, { 'sec-fetch-site': 'same-origin', origin: 'null' }]) {
    t.equal((await visitor.press(link, { ...form, ...headers })).status, 200, JSON.stringify(headers))
  }
})

t.test('no more than 50 visits at a time', async (t) => {
  await addDemoTenant('crowded')
  const link = await linkOf('crowded')
  const visitor = visit(t)
  const replies = await Promise.all(Array.from({ length: 55 }, () => visitor.press(link)))
  t.equal(replies.filter(({ status }) => status === 200).length, 50)
  const refused = replies.find(({ status }) => status === 429)
  t.equal(refused && outcomeOf(refused), 'too_many')
  t.match(refused?.headers['retry-after'], /^\d+$/)
  t.equal((await visitor.press(await linkOf('pressed'))).status, 200, 'others are not kept out')
})

t.test('from the link to the first token', async (t) => {
  const link = await linkOf('northwind')
  t.equal((await token('northwind')).status, 409)
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(link))
  t.match(back, /admin_consent=True/)
  const { status, headers } = await visitor.get(back)
  t.equal(status, 303)
  t.match(headers['location'], /^\/consent\/outcome\/[\w.-]+$/)
  await settle(async () => outcomeOf(await visitor.get(String(headers['location']))) === 'ready')
  t.equal(await statusOf('northwind'), 'granted')
  t.equal((await token('northwind')).status, 200, 'although the refusal of before was remembered')
  t.equal(outcomeOf(await visitor.get(back)), 'already_used')
})

/** Looks again until it is so; what it waits for is under way in this process. */
async function settle(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 400; looks += 1) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('it never came to that')
}

t.test('an answer that is forged, replayed, foreign or late enables nothing', async (t) => {
  const directory = await addDemoTenant('guarded')
  const link = await linkOf('guarded')
  const visitor = visit(t)
  const stranger = visit(t)
  const page = await visitor.leave(link)
  const back = await visitor.decide(page, 'cancel')
  const state = String(page.searchParams.get('state'))
  const good = `admin_consent=True&tenant=${directory}`
  const answer = (query: string) => `/consent/callback?${query}`
  await stranger.press(await linkOf('pressed'))
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

type Visiting = () => ReturnType<ReturnType<typeof createVisitor>['get']>

t.test('50 answers at once with one state: one starts one look', async (t) => {
  const directory = await addDemoTenant('stampede')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(await linkOf('stampede')))
  const replies = await Promise.all(Array.from({ length: 50 }, () => visitor.get(back)))
  const went = replies.filter(({ status }) => status === 303)
  t.equal(went.length, 1)
  t.equal(replies.filter((reply) => outcomeOf(reply) === 'already_used').length, 49)
  await settle(async () => (await statusOf('stampede')) === 'granted')
  t.equal(await mintsOf(directory), 1)
})

t.test('what Microsoft says against it: the page is ours, and nothing of the address is in it', async (t) => {
  const directory = await addDemoTenant('refused')
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
  await addDemoTenant('previewed')
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
  await addTenant('halfway', { more: { display_name: 'Halfway' } })
  const required = { required_roles: ['Mail.Read'] }
  await expectSuccess(entra('PUT', `/_sandbox/applications/${sandbox.demo.clientId}`, required))
  const visitor = visit(t)
  const receipt = await approve(visitor, 'halfway')
  await settle(async () => (await statusOf('halfway')) === 'incomplete')
  for (const seconds of [2, 2, 4, 7, 10, 15, 18, 11]) {
    t.equal(outcomeOf(await visitor.get(receipt)), 'checking')
    pass(seconds)
  }
  pass(1)
  const reply = await visitor.get(receipt)
  t.equal(outcomeOf(reply), 'permissions_missing')
  t.ok(reply.text.includes('Calendars.ReadWrite') && !reply.text.includes('Mail.Read<'))
  t.match(reply.text, `href="${await linkOf('halfway')}"`)
  const whole = { required_roles: demoPermissions }
  await expectSuccess(entra('PUT', `/_sandbox/applications/${sandbox.demo.clientId}`, whole))
})

async function approve(visitor: ReturnType<typeof createVisitor>, tenant: string): Promise<string> {
  const { headers } = await visitor.get(await visitor.decide(await visitor.leave(await linkOf(tenant))))
  return String(headers['location'])
}

t.test('while Microsoft is away it is looked for again, and said in the end', async (t) => {
  const directory = await addDemoTenant('outage')
  await entra('POST', '/_sandbox/faults', { match: `/${directory}/oauth2/v2.0/token`, status: 503 })
  const visitor = visit(t)
  const receipt = await approve(visitor, 'outage')
  await settle(async () => (await mintsOf(directory)) > 0)
  pass(70)
  await settle(async () => outcomeOf(await visitor.get(receipt)) === 'microsoft_unavailable')
  await entra('DELETE', '/_sandbox/faults')
  t.equal((await visitor.get(receipt)).status, 200)
  step(3_600)
  t.equal(outcomeOf(await visitor.get(receipt)), 'link_invalid', 'an hour later')
  step(-3_600)
})

t.test('while the registry is away, the pages say so', async (t) => {
  const link = await linkOf('northwind')
  pass(3_601)
  const reply = await visit(t).get(link)
  t.strictSame([reply.status, outcomeOf(reply), reply.headers['retry-after']], [503, 'unavailable', '5'])
  await settle(async () => (await operator('GET', '/tenants')).status === 200)
})

t.test('a link works for a week, and then no more', async (t) => {
  const link = await linkOf('northwind')
  const visitor = visit(t)
  step(7 * 86_400 - 3_700)
  t.equal((await visitor.get(link)).status, 200)
  step(86_401)
  t.equal(outcomeOf(await visitor.get(link)), 'link_invalid')
})
