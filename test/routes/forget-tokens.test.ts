import t from 'tap'
import { createApiClient, expectSuccess, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { etagOf } from './expect-refusal.ts'
import { setStage } from './stage.ts'

const { operator, caller, anonymous, entra, token, sandbox, addTenant } = await setStage(t)
const path = '/tenants/contoso/tokens'
const value = async (tenant: string) => text(await expectSuccess(token(tenant)), 'access_token')

async function link(): Promise<string> {
  const { body } = await operator('GET', '/tenants/contoso')
  return new URL(text(items(body['consents'])[0] ?? {}, 'admin_consent_url')).pathname
}

t.test('the next caller gets a new token, those of other tenants stay', async (t) => {
  const [first, other, oldLink] = [await value('contoso'), await value('fabrikam'), await link()]
  t.equal(await value('contoso'), first, 'it is cached')
  const { status, body: shown } = await operator('DELETE', path)
  t.strictSame([status, shown], [204, {}])
  t.not(await value('contoso'), first)
  t.equal(await value('fabrikam'), other)
  t.equal((await anonymous('GET', oldLink)).status, 404)
  t.equal((await anonymous('GET', await link())).status, 200, 'and there is a new consent link')
  const { body } = await operator('GET', '/audit?target=tenants/contoso&page_size=1')
  t.match(items(body['items']), [{ action: 'tenant.tokens_forgotten', actor: 'operator' }])
})

t.test('a token that is on its way while tokens are forgotten is not kept', async (t) => {
  const directory = await addTenant('under-way', { roles: ['Mail.Read'] })
  const route = `POST /${directory}/oauth2/v2.0/token`
  await entra('POST', '/_sandbox/faults', { match: route, delay_ms: 400, times: 1 })
  const waiting = value('under-way')
  for (let asked = 0; asked === 0; ) {
    const { body } = await entra('GET', '/_sandbox/requests')
    asked = Number(members(body['by_route'])[route] ?? 0)
  }
  t.equal((await operator('DELETE', '/tenants/under-way/tokens')).status, 204)
  const handedOut = await waiting
  t.equal(await value('under-way'), handedOut, 'a token of afterwards')
  const { body } = await entra('GET', '/_sandbox/requests')
  t.equal(members(body['by_route'])[route], 2, 'the first one was let go')
})

t.test('with If-Match, only of the version that was read', async (t) => {
  const read = await operator('GET', '/tenants/contoso')
  const kept = await value('contoso')
  const forget = (tag: string) => operator('DELETE', path, undefined, { 'if-match': tag })
  for (const tag of ['"0"', '*', 'x'])
    expectProblem(t, await forget(tag), { status: 412, code: 'precondition_failed' }, tag)
  t.equal(await value('contoso'), kept)
  t.equal((await forget(etagOf(read))).status, 204)
  expectProblem(t, await forget(etagOf(read)), { status: 412, code: 'precondition_failed' })
  t.not(await value('contoso'), kept)
})

t.test('only operators', async (t) => {
  await expectSuccess(operator('PUT', '/callers/auditor', { role: 'auditor', grants: [] }))
  const key = text(await expectSuccess(operator('POST', '/callers/auditor/keys', {})), 'key')
  const auditor = createApiClient({ origin: sandbox.broker.origin, key })
  for (const api of [caller, auditor])
    expectProblem(t, await api('DELETE', path), { status: 403, code: 'role_required' })
  expectProblem(t, await anonymous('DELETE', path), { status: 401, code: 'unauthenticated' })
})
