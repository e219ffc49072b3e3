import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportPKCS8 } from 'jose'
import t, { type Test } from 'tap'
import { expectSuccess, text } from '../../sandbox/api-client.ts'
import { demoPermissions } from '../../sandbox/demo.ts'
import { makeSigningKey, sign, startJwksServer } from '../adapters/jwt/issuer.ts'
import { createRawClient } from '../http/raw-client.ts'
import { basic, createTokenClient } from '../routes/oauth-client.ts'
import { setStage } from '../routes/stage.ts'

const jwks = await startJwksServer(t)
const signingKey = await makeSigningKey('key-1', 'RS256')
jwks.publish(signingKey.jwk)
const folder = mkdtempSync(join(tmpdir(), 'clients-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const caFile = join(folder, 'issuer-ca.pem')
writeFileSync(caFile, jwks.caPem)

const issuer = 'https://oidc.cluster.example'
const audience = 'api://AzureADTokenExchange'
const subject = 'system:serviceaccount:orders:orders-service'
const trusted = { issuer, audience, jwks_uri: `${jwks.origin}/keys`, algorithms: ['RS256'], ca_file: caFile }
const stage = await setStage(t, { environment: { JWT_ISSUERS: JSON.stringify([trusted]) } })
const { sandbox, operator, token, addTenant } = stage
const tenants = ['contoso', 'adatum', 'tailspin']
for (const id of ['adatum', 'tailspin']) await addTenant(id, { roles: demoPermissions })
const tokens: string[] = []
for (const tenant of tenants) tokens.push(text((await token(tenant)).body, 'access_token'))

const workload = {
  id: 'workload',
  role: 'caller',
  grants: [{ tenants: '*', permissions: demoPermissions }],
  identities: [{ issuer, subject }],
}
await expectSuccess(operator('POST', '/callers', workload))
const now = Math.floor(Date.now() / 1000)
const claims = { iss: issuer, sub: subject, aud: audience, iat: now, nbf: now, exp: now + 3600 }
const federated = join(folder, 'federated-token')
writeFileSync(federated, await sign(signingKey, claims))

const environment = {
  PATH: process.env['PATH'] ?? '',
  NODE_EXTRA_CA_CERTS: sandbox.file.ca_file,
  BROKER: sandbox.broker.tlsOrigin,
  KEY: sandbox.demo.callerKey,
}

/** What a program prints as JSON. A process of its own, since Node reads its certificate authorities at start alone. */
async function run(t: Test, code: string, more: Record<string, string> = {}): Promise<unknown> {
  const scope = `const scope = 'https://graph.microsoft.com/.default'\nconst { BROKER, KEY } = process.env\n`
  const path = join(t.testdir(), 'client.mjs')
  writeFileSync(path, `${scope}${code}`)
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env: { ...environment, ...more } })
  return JSON.parse(stdout)
}

t.test('one credential of @azure/identity has a token of each of three tenants', async (t) => {
  t.equal(new Set(tokens).size, 3)
  const code = `
    import { ClientSecretCredential } from '@azure/identity'
    const credential = new ClientSecretCredential('contoso', 'demo-service', KEY, {
      authorityHost: BROKER, disableInstanceDiscovery: true, additionallyAllowedTenants: ['*'] })
    const found = []
    for (const tenantId of ${JSON.stringify([...tenants, ...tenants])})
      found.push((await credential.getToken(scope, { tenantId })).token)
    console.log(JSON.stringify(found))`
  t.ok(same(await run(t, code), [...tokens, ...tokens]), 'each its own, from the cache of the library too')
})

t.test('one application of @azure/msal-node asks for three tenants', async (t) => {
  const code = `
    import { ConfidentialClientApplication } from '@azure/msal-node'
    const client = new ConfidentialClientApplication({ auth: { clientId: 'demo-service', clientSecret: KEY,
      authority: BROKER + '/contoso', knownAuthorities: [new URL(BROKER).host] } })
    const found = []
    for (const tenant of ${JSON.stringify(tenants)}) {
      const authority = BROKER + '/' + tenant
      found.push((await client.acquireTokenByClientCredential({ scopes: [scope], authority })).accessToken)
    }
    console.log(JSON.stringify(found))`
  t.ok(same(await run(t, code), tokens))
})

t.test('what the broker refuses is what the library says', async (t) => {
  const code = `
    import { ClientSecretCredential } from '@azure/identity'
    const told = []
    for (const [tenant, key] of [['nobody', KEY], ['northwind', KEY], ['contoso', 'sesame']]) {
      const options = { authorityHost: BROKER, disableInstanceDiscovery: true }
      const credential = new ClientSecretCredential(tenant, 'demo-service', key, options)
      await credential.getToken(scope).catch((error) => told.push(error.message))
    }
    console.log(JSON.stringify(told))`
  const told = await run(t, code)
  t.match(told, [
    /^invalid_request: .*tenant_not_granted: /,
    /^unauthorized_client: .*consent_missing: .*Send http\S+ to the customer's administrator/,
    /^invalid_client: .*unauthenticated: /,
  ])
})

const workloadIdentity = {
  AZURE_AUTHORITY_HOST: environment.BROKER,
  AZURE_TENANT_ID: 'contoso',
  AZURE_CLIENT_ID: 'workload',
  AZURE_FEDERATED_TOKEN_FILE: federated,
}

for (const [name, made] of [
  ['WorkloadIdentityCredential', 'new WorkloadIdentityCredential({ disableInstanceDiscovery: true })'],
  ['DefaultAzureCredential', 'new DefaultAzureCredential({ disableInstanceDiscovery: true })'],
]) {
  t.test(`${name} proves itself by the token of its cluster`, async (t) => {
    const code = `
      import { DefaultAzureCredential, WorkloadIdentityCredential } from '@azure/identity'
      const credential = ${made}
      console.log(JSON.stringify([(await credential.getToken(scope)).token]))`
    t.ok(same(await run(t, code, workloadIdentity), tokens.slice(0, 1)))
  })
}

t.test('openid-client finds private_key_jwt in discovery, and signs for itself', async (t) => {
  const pem = await exportPKCS8(signingKey.privateKey)
  const { kid } = signingKey
  const code = `
    import * as client from 'openid-client'
    import { importPKCS8 } from 'jose'
    const key = await importPKCS8(process.env.PEM, 'RS256')
    const authentication = client.PrivateKeyJwt({ key, kid: ${JSON.stringify(kid)} }, {
      [client.modifyAssertion](_header, payload) {
        Object.assign(payload, { iss: ${JSON.stringify(issuer)}, sub: ${JSON.stringify(subject)}, aud: ${JSON.stringify(audience)} })
      },
    })
    const config = await client.discovery(new URL(BROKER + '/contoso/v2.0'), 'workload', undefined, authentication)
    const methods = config.serverMetadata().token_endpoint_auth_methods_supported
    const { access_token } = await client.clientCredentialsGrant(config, { scope })
    console.log(JSON.stringify([methods.includes('private_key_jwt'), access_token]))`
  t.ok(same(await run(t, code, { PEM: pem }), [true, tokens[0]]))
})

t.test('a JWT is an assertion and no secret', async (t) => {
  const post = createTokenClient(createRawClient(sandbox.broker.origin))
  const jwt = readFileSync(federated, 'utf8')
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const grant = { grant_type: 'client_credentials' }
  const asserted = { ...grant, client_assertion: jwt, client_assertion_type: type }
  t.equal((await post('contoso', asserted)).status, 200, 'it says itself whose it is')
  t.equal((await post('contoso', { ...asserted, client_id: 'workload' })).status, 200)
  const refused = [
    { ...asserted, client_id: 'demo-service' },
    { ...grant, client_assertion: jwt },
    { ...asserted, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    { ...grant, client_id: 'workload', client_secret: jwt },
  ]
  for (const form of refused)
    t.match(await post('contoso', form), { status: 401, body: { error: 'invalid_client' } })
  const header = await post('contoso', grant, basic('workload', jwt))
  t.match(header, { status: 401, body: { error: 'invalid_client' } })
})

const managedIdentity = {
  IDENTITY_ENDPOINT: `${sandbox.broker.origin}/msi/token`,
  IDENTITY_HEADER: environment.KEY,
}

t.test('a managed identity over plain HTTP, one tenant by the environment and others by code', async (t) => {
  const code = `
    import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'
    const found = [(await new DefaultAzureCredential().getToken(scope)).token]
    for (const clientId of ${JSON.stringify(tenants)})
      found.push((await new ManagedIdentityCredential({ clientId }).getToken(scope)).token)
    console.log(JSON.stringify(found))`
  const more = {
    ...managedIdentity,
    AZURE_CLIENT_ID: 'adatum',
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
  }
  t.ok(same(await run(t, code, more), [tokens[1], ...tokens]))
})

t.test('a managed identity that is refused fails at once, with the reason', async (t) => {
  const code = `
    import { ManagedIdentityCredential } from '@azure/identity'
    const told = []
    for (const [clientId, wanted] of [['nobody', scope], ['contoso', 'https://vault.azure.net/.default']])
      await new ManagedIdentityCredential({ clientId }).getToken(wanted).catch((error) => told.push(error.message))
    console.log(JSON.stringify(told))`
  const before = performance.now()
  const told = await run(t, code, managedIdentity)
  t.match(told, [/tenant_not_granted/, /unknown_resource.*The resources here are https:\/\/graph/])
  t.ok(performance.now() - before < 15_000, 'and not after 19 seconds of asking again')
})

/** Compares without ever showing a token. */
function same(found: unknown, expected: readonly unknown[]): boolean {
  return JSON.stringify(found) === JSON.stringify(expected)
}
