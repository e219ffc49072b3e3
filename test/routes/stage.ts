import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { type ApiClient, type ApiReply, createApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import type { LocalBrokerOptions } from '../../sandbox/broker.ts'
import type { Clock } from '../../src/broker/ports.ts'
import { type Running, runSandbox } from '../fixture.ts'
import { vaultBearer } from './vault-bearer.ts'

export interface Stage extends Running {
  /** The local Entra and Key Vault themselves, their `/_sandbox` included; the vault takes the client for the broker. */
  readonly entra: ApiClient
  readonly vault: ApiClient
  /** Lets token lifetimes and waiting times pass; the wall clock, which Entra shares, goes on as ever. */
  pass(seconds: number): Promise<void>
  token(tenant: string, more?: object): Promise<ApiReply>
  /** Reads somebody's mail with a token that the broker gave. */
  readMail(token: string): Promise<ApiReply>
  addTenant(id: string, tenant?: NewTenant): Promise<string>
  addApplication(id: string, permissions?: readonly string[]): Promise<NewApplication>
}

export interface NewTenant {
  readonly application?: string
  readonly clientId?: string
  /** Undefined: nobody has consented. */
  readonly roles?: readonly string[]
  readonly more?: object
}

export interface NewApplication {
  readonly clientId: string
  readonly credential: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** Puts the certificate into the app registration, as a person does in the portal. */
  upload(): Promise<void>
  change(body: object): Promise<ApiReply>
}

/** A sandbox with hands on everything around the broker, and on its monotonic clock. */
export async function setStage(t: Test, options: Partial<LocalBrokerOptions> = {}): Promise<Stage> {
  let ahead = 0
  const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() + ahead }
  const running = await runSandbox(t, {
    ...options,
    // Time passes in leaps here, and the registry is not to count as away because of them.
    environment: { REGISTRY_MAX_STALENESS: '3600', ...options.environment },
    platform: { clock, ...options.platform },
  })
  const { sandbox, operator, caller } = running
  const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const entra = createApiClient({ origin: sandbox.cloud.entra.origin, dispatcher })
  const key = await vaultBearer(sandbox.cloud, dispatcher)
  const vault = createApiClient({ origin: sandbox.cloud.keyVault.origin, key, dispatcher })

  return {
    ...running,
    entra,
    vault,
    async pass(seconds) {
      ahead += seconds * 1000
      await expectSuccess(operator('GET', '/callers?page_size=1'))
    },
    token: (tenant, more = {}) => caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'], ...more }),
    readMail(token) {
      const graph = createApiClient({ origin: sandbox.cloud.graph.origin, key: token, dispatcher })
      return graph('GET', '/v1.0/users/adele@contoso.example/messages')
    },
    addTenant: (id, tenant = {}) =>
      addTenant({ operator, entra }, id, { clientId: sandbox.demo.clientId, ...tenant }),
    addApplication: (id, permissions = ['Mail.Read']) => addApplication(operator, entra, id, permissions),
  }
}

/** A tenant of the application, which its directory has given these roles. */
export async function addTenant(
  { operator, entra }: Pick<Stage, 'operator' | 'entra'>,
  id: string,
  { application = 'demo', clientId, roles, more = {} }: NewTenant & { readonly clientId: string },
): Promise<string> {
  const directoryId = randomUUID()
  await expectSuccess(entra('PUT', `/_sandbox/directories/${directoryId}`, { display_name: id }))
  const consents = `/_sandbox/directories/${directoryId}/consents/${clientId}`
  if (roles !== undefined) await expectSuccess(entra('PUT', consents, { roles }))
  const tenant = { id, directory_id: directoryId, applications: [application], ...more }
  await expectSuccess(operator('POST', '/tenants', tenant))
  return directoryId
}

async function addApplication(
  operator: ApiClient,
  entra: ApiClient,
  id: string,
  permissions: readonly string[],
): Promise<NewApplication> {
  const clientId = randomUUID()
  const application = { id, client_id: clientId, display_name: id, permissions }
  await expectSuccess(operator('POST', '/applications', application))
  const order = { type: 'certificate', source: 'generated', key_size: 2048 }
  const body = await expectSuccess(operator('POST', `/applications/${id}/credentials`, order))
  const path = `/applications/${id}/credentials/${String(body['id'])}`
  return {
    clientId,
    credential: String(body['id']),
    path,
    body,
    async upload() {
      const certificates = [body['certificate']]
      await expectSuccess(entra('PUT', `/_sandbox/applications/${clientId}`, { certificates }))
    },
    async change(change) {
      const { headers } = await operator('GET', path)
      return operator('PATCH', path, change, { 'if-match': String(headers['etag']) })
    },
  }
}
