import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { json } from '../http/raw-client.ts'
import { setConsentStage, until } from './consent-stage.ts'
import { form, outcomeOf } from './visitor.ts'

const stage = await setConsentStage(t)
const { operator, sandbox, folder, origin, visit, linkOf, addCustomer, mintsOf, elapse, step } = stage

/** Everything of a registry that a visitor could have changed. */
function rows() {
  const db = new DatabaseSync(join(folder, 'registry.sqlite'), { readOnly: true })
  const read = ['registry_meta', 'observation', 'consent_state', 'audit_change'].map((table) =>
    db.prepare(`select * from ${table}`).all(),
  )
  db.close()
  return read
}

t.test('opening the link, as mail scanners do, says who asks for what and writes nothing', async (t) => {
  const directory = await addCustomer('scanned')
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
  await addCustomer('known')
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
  const directory = await addCustomer('pressed')
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
  await addCustomer('crowded')
  const link = await linkOf('crowded')
  const visitor = visit(t)
  const replies = await Promise.all(Array.from({ length: 55 }, () => visitor.press(link)))
  t.equal(replies.filter(({ status }) => status === 200).length, 50)
  const refused = replies.find(({ status }) => status === 429)
  t.equal(refused && outcomeOf(refused), 'too_many')
  t.match(refused?.headers['retry-after'], /^\d+$/)
  t.equal((await visitor.press(await linkOf('pressed'))).status, 200, 'others are not kept out')
})

t.test('while the registry is away, the pages say so', async (t) => {
  const link = await linkOf('northwind')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(link), 'cancel')
  elapse(3_601)
  const reply = await visitor.get(link)
  t.strictSame([reply.status, outcomeOf(reply), reply.headers['retry-after']], [503, 'unavailable', '5'])
  t.equal(outcomeOf(await visitor.get(back)), 'unavailable')
  await until(async () => (await operator('GET', '/tenants')).status === 200)
  step(-3_601)
  t.equal(outcomeOf(await visitor.get(back)), 'cancelled', 'the visit is still open')
})

t.test('a link works for a week, and then no more', async (t) => {
  const link = await linkOf('northwind')
  const visitor = visit(t)
  step(7 * 86_400)
  t.equal((await visitor.get(link)).status, 200)
  step(86_401)
  t.equal(outcomeOf(await visitor.get(link)), 'link_invalid')
})
