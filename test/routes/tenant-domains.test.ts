import { randomUUID } from 'node:crypto'
import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { etagOf, ifMatch } from './expect-refusal.ts'
import { setStage } from './stage.ts'

const { operator, entra, token, sandbox } = await setStage(t)
const route = (domain: string) => `GET /${domain}/v2.0/.well-known/openid-configuration`

async function makeDirectory(...domains: string[]): Promise<string> {
  const id = randomUUID()
  await expectSuccess(entra('PUT', `/_sandbox/directories/${id}`, { display_name: 'Adatum', domains }))
  const consents = `/_sandbox/directories/${id}/consents/${sandbox.demo.clientId}`
  await expectSuccess(entra('PUT', consents, { roles: ['Mail.Read'] }))
  return id
}

const adatum = await makeDirectory('adatum.example', 'adatum.onmicrosoft.example')

t.test('a directory is registered by one of its domains', async (t) => {
  const tenant = { id: 'adatum', domain: 'Adatum.EXAMPLE', applications: ['demo'] }
  const created = await operator('POST', '/tenants', tenant)
  t.equal(created.status, 201)
  t.equal(created.body['directory_id'], adatum)
  t.notOk('domain' in created.body)
  t.equal((await token('adatum')).status, 200)
  const { tenants } = await expectSuccess(operator('GET', '/export'))
  const exported = items(tenants).find(({ id }) => id === 'adatum')
  t.equal(exported?.['directory_id'], adatum)
  t.notOk('domain' in (exported ?? {}))

  for (const domain of ['adatum.example', 'adatum.onmicrosoft.example']) {
    const put = await operator('PUT', '/tenants/adatum', { domain, applications: ['demo'] })
    t.equal(put.status, 200, domain)
    t.equal(etagOf(put), etagOf(created), 'the same directory: nothing changes')
  }
  const restored = await operator('PUT', '/tenants/adatum', exported)
  t.equal(etagOf(restored), etagOf(created))
})

t.test('PUT creates one too, and a domain of another directory is refused', async (t) => {
  await makeDirectory('other.example')
  const path = '/tenants/by-put'
  const put = (domain: string) => operator('PUT', path, { domain, applications: ['demo'] })
  const taken = await put('adatum.example')
  expectProblem(t, taken, { status: 409, code: 'already_exists' })
  t.equal((await put('other.example')).status, 201)
  expectProblem(t, await put('contoso.example'), { status: 409, code: 'already_exists' })
  const lone = await makeDirectory('lone.example')
  t.match(lone, /-/)
  expectProblem(t, await put('lone.example'), { status: 409, code: 'immutable_member', pointer: '/domain' })
})

t.test('directory_id and domain exclude each other', async (t) => {
  const both = { directory_id: adatum, domain: 'adatum.example', applications: ['demo'] }
  for (const reply of [
    await operator('POST', '/tenants', { id: 'both', ...both }),
    await operator('PUT', '/tenants/both', both),
    await operator(
      'PATCH',
      '/tenants/adatum',
      { domain: 'adatum.example' },
      ifMatch(await operator('GET', '/tenants/adatum')),
    ),
  ]) {
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/directory_id' })
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/domain' })
  }
})

t.test('a domain that no directory has', async (t) => {
  const reply = await operator('POST', '/tenants', {
    id: 'x',
    domain: 'nobody.example',
    applications: ['demo'],
  })
  expectProblem(t, reply, { status: 409, code: 'domain_not_found' })
  t.match(reply.body, { detail: /nobody\.example/, hint: /spelling/ })
  expectProblem(t, await operator('GET', '/tenants/x'), { status: 404, code: 'not_found' })
})

t.test('what is no domain is never asked for', async (t) => {
  await entra('DELETE', '/_sandbox/requests')
  const wrong = [
    'common',
    '127.0.0.1',
    'a.example/..',
    '../x.example',
    'a b.example',
    'a.example.',
    '[::1]',
    'ä.example',
  ]
  for (const domain of [...wrong, `${'a.'.repeat(126)}example`, randomUUID(), 7, null]) {
    const reply = await operator('POST', '/tenants', { id: 'x', domain, applications: ['demo'] })
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/domain' }, String(domain))
  }
  const { body } = await entra('GET', '/_sandbox/requests')
  t.strictSame(body['by_route'], {})
})

t.test('an Entra that does not answer', async (t) => {
  const add = () =>
    operator('POST', '/tenants', { id: 'late', domain: 'late.example', applications: ['demo'] })
  await makeDirectory('late.example')
  for (const [fault, status, code] of [
    [{ status: 503, headers: { 'retry-after': '9' } }, 503, 'entra_unavailable'],
    [{ reset: true }, 503, 'entra_unavailable'],
    [{ status: 429 }, 503, 'entra_throttled'],
    [{ status: 302, headers: { location: 'https://localhost:1/' } }, 502, 'entra_nonsense'],
    [{ status: 200, body: { issuer: 'https://evil.example/x' } }, 502, 'entra_nonsense'],
  ] as const) {
    await entra('POST', '/_sandbox/faults', { match: route('late.example'), ...fault })
    const reply = await add()
    expectProblem(t, reply, { status, code })
    t.equal(reply.headers['retry-after'] !== undefined, status === 503)
    await entra('DELETE', '/_sandbox/faults')
  }
  t.equal((await add()).status, 201)
  const { body } = await entra('GET', '/_sandbox/requests')
  t.equal(members(body['by_route'])[route('late.example')], 6, 'each request asked once')
})
