import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'
import { setStage } from './stage.ts'

let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() }
const { anonymous, operator, sandbox, entra } = await setStage(t, { platform: { clock } })
const unknown = { status: 404, code: 'not_found' }

async function ticketOf(tenant: string): Promise<string> {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return new URL(String(items(body['consents'])[0]?.['admin_consent_url'])).pathname
}

t.test('the link leads to the page of exactly its directory', async (t) => {
  const path = await ticketOf('northwind')
  const { status, headers } = await anonymous('GET', path)
  t.equal(status, 302)
  const { body } = await operator('GET', '/tenants/northwind')
  const page = `${sandbox.cloud.entra.origin}/${String(body['directory_id'])}/adminconsent`
  t.equal(headers['location'], `${page}?client_id=${sandbox.demo.clientId}`)
  t.equal(headers['cache-control'], 'no-store')
  t.equal(headers['referrer-policy'], 'no-referrer')
  t.equal(await ticketOf('northwind'), path, 'the same all day long')
})

t.test('following it, as mail scanners do, changes nothing', async (t) => {
  const before = await operator('GET', '/tenants/northwind')
  await entra('DELETE', '/_sandbox/requests')
  for (let times = 0; times < 3; times += 1) await anonymous('GET', await ticketOf('northwind'))
  t.strictSame((await operator('GET', '/tenants/northwind')).body, before.body)
  t.equal((await entra('GET', '/_sandbox/requests')).body['total'], 0)
})

t.test('a link that nobody was given', async (t) => {
  const path = await ticketOf('northwind')
  const other = await ticketOf('contoso')
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
  for (const link of forged) expectProblem(t, await anonymous('GET', link), unknown, link.slice(0, 60))
  const raw = createRawClient(sandbox.broker.origin)
  const posted = await raw({ method: 'POST', path })
  expectProblem(t, posted, { status: 404, code: 'route_not_found' })
})

t.test('who comes back from Microsoft is told in a sentence, and nothing is believed', async (t) => {
  const raw = createRawClient(sandbox.broker.origin)
  const before = await operator('GET', '/tenants/northwind')
  const directory = String(before.body['directory_id'])
  const given = `admin_consent=True&tenant=${directory}&state=sesame`
  const refused = `error=access_denied&error_description=sesame+%3Cscript%3E&${given}`
  for (const [query, expected] of [
    ['', /^Thank you/],
    [given, /^Thank you/],
    ['error', /^Consent was not given/],
    [refused, /^Consent was not given/],
  ] as const) {
    const { status, headers, text } = await raw({ method: 'GET', path: `/consent/callback?${query}` })
    t.equal(status, 200, query)
    t.match(text, expected, query)
    t.notMatch(text, /sesame|script|"/, 'nothing of the query comes back')
    t.equal(headers['content-type'], 'text/plain; charset=utf-8')
    t.equal(headers['cache-control'], 'no-store')
  }
  t.strictSame((await operator('GET', '/tenants/northwind')).body, before.body)
  const { body } = await operator('GET', '/applications/demo')
  t.equal(body['redirect_uri'], `${sandbox.broker.origin}/consent/callback`)
})

t.test('a link works for a week, and then no more', async (t) => {
  const path = await ticketOf('northwind')
  ahead = 7 * 86_400_000
  t.equal((await anonymous('GET', path)).status, 302)
  ahead = 8 * 86_400_000 + 1
  expectProblem(t, await anonymous('GET', path), unknown)
})
