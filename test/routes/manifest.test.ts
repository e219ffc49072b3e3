import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { setStage } from './stage.ts'

const { operator, caller, anonymous, addApplication } = await setStage(t)
const graph = '00000003-0000-0000-c000-000000000000'
const exchange = '00000002-0000-0ff1-ce00-000000000000'

t.test('the manifest names each declared permission by the role id that Entra wants', async (t) => {
  const { status, body } = await operator('GET', '/applications/demo/manifest')
  t.equal(status, 200)
  t.match(body, {
    displayName: 'Sandbox Demo',
    signInAudience: 'AzureADMultipleOrgs',
    web: { redirectUris: [(await operator('GET', '/applications/demo')).body['redirect_uri']] },
    requiredResourceAccess: [{ resourceAppId: graph }],
  })
  const [access] = items(body['requiredResourceAccess'])
  const translated = await operator('POST', '/scopes/translations', {
    dialect: 'graph',
    scopes: demoPermissions,
  })
  t.strictSame(
    items(access?.['resourceAccess']),
    items(translated.body['permissions']).map(({ id }) => ({ id, type: 'Role' })),
  )
})

t.test('permissions of two APIs stand under their application ids', async (t) => {
  await addApplication('two-apis', ['outlook:IMAP.AccessAsApp', 'Mail.Read'])
  const { body } = await operator('GET', '/applications/two-apis/manifest')
  t.match(body['requiredResourceAccess'], [
    { resourceAppId: graph, resourceAccess: [{ id: '810c84a8-4a9e-49e6-bf7d-12d183f40d01', type: 'Role' }] },
    { resourceAppId: exchange, resourceAccess: [{ type: 'Role' }] },
  ])
})

t.test('it carries the certificates that are not retired, ready for Entra', async (t) => {
  const { body: credential, change } = await addApplication('keyed')
  const { body } = await operator('GET', '/applications/keyed/manifest')
  const [key] = items(body['keyCredentials'])
  t.match(key, {
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    customKeyIdentifier: credential['thumbprint_sha1'],
    endDateTime: credential['expires_at'],
  })
  const uploaded = new X509Certificate(Buffer.from(text(members(key), 'key'), 'base64'))
  t.equal(uploaded.fingerprint.replaceAll(':', ''), credential['thumbprint_sha1'])
  t.equal((await change({ state: 'retired' })).status, 200)
  t.strictSame((await operator('GET', '/applications/keyed/manifest')).body['keyCredentials'], [])
})

t.test('it is for operators and auditors', async (t) => {
  expectProblem(t, await caller('GET', '/applications/demo/manifest'), { status: 403, code: 'role_required' })
  expectProblem(t, await anonymous('GET', '/applications/demo/manifest'), {
    status: 401,
    code: 'unauthenticated',
  })
  expectProblem(t, await operator('GET', '/applications/nobody/manifest'), { status: 404, code: 'not_found' })
})
