import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { type ApiClient, createApiClient, expectSuccess, text } from './api-client.ts'
import type { LocalBroker } from './broker.ts'
import type { LocalCloud } from './clouds.ts'

/** The permissions of Aurinko's table for daemon apps. */
export const demoPermissions = [
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'Calendars.Read',
  'Calendars.ReadWrite',
  'Contacts.Read',
  'Contacts.ReadWrite',
]

export interface Demo {
  readonly operatorKey: string
  readonly callerKey: string
  readonly clientId: string
}

/** Tenants of the demo and what their administrators have granted; undefined where they have not been asked. */
const tenants: readonly {
  readonly id: string
  readonly name: string
  readonly granted?: readonly string[]
}[] = [
  { id: 'contoso', name: 'Contoso Ltd', granted: demoPermissions },
  { id: 'fabrikam', name: 'Fabrikam Inc', granted: ['Mail.Read'] },
  { id: 'northwind', name: 'Northwind Traders' },
]

/** Does through the broker's own API what an operator does, and in Entra what people do in its portal. */
export async function registerDemo(cloud: LocalCloud, broker: LocalBroker): Promise<Demo> {
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  try {
    const entra = createApiClient({ origin: cloud.entra.origin, dispatcher })
    const bootstrap = createApiClient({ origin: broker.origin, key: broker.bootstrapKey })
    const operatorKey = await registerCaller(bootstrap, { id: 'operator', role: 'operator', grants: [] })
    const operator = createApiClient({ origin: broker.origin, key: operatorKey })

    const clientId = randomUUID()
    const activate = await registerApplication(operator, entra, clientId)
    for (const tenant of tenants) await registerTenant(operator, entra, clientId, tenant)
    await activate()
    const grants = [{ tenants: '*', permissions: demoPermissions }]
    const callerKey = await registerCaller(operator, { id: 'demo-service', role: 'caller', grants })
    return { operatorKey, callerKey, clientId }
  } finally {
    await dispatcher.close()
  }
}

async function registerCaller(
  api: ApiClient,
  caller: { readonly id: string; role: string; grants: object[] },
) {
  await expectSuccess(api('POST', '/callers', caller))
  return text(await expectSuccess(api('POST', `/callers/${caller.id}/keys`, {})), 'key')
}

/** The credential is activated last: a trial token needs a directory that knows the application. */
async function registerApplication(operator: ApiClient, entra: ApiClient, clientId: string) {
  const application = {
    id: 'demo',
    client_id: clientId,
    display_name: 'Sandbox Demo',
    permissions: demoPermissions,
  }
  const created = await expectSuccess(operator('POST', '/applications', application))
  const credential = await operator('POST', '/applications/demo/credentials', {
    type: 'certificate',
    source: 'generated',
  })
  const { id, certificate } = await expectSuccess(Promise.resolve(credential))
  await expectSuccess(
    entra('PUT', `/_sandbox/applications/${clientId}`, {
      certificates: [certificate],
      secrets: [],
      display_name: application.display_name,
      required_roles: demoPermissions,
      redirect_uris: [text(created, 'redirect_uri')],
    }),
  )
  return async () => {
    const headers = { 'if-match': String(credential.headers['etag']) }
    const path = `/applications/demo/credentials/${String(id)}`
    await expectSuccess(operator('PATCH', path, { state: 'active' }, headers))
  }
}

async function registerTenant(
  operator: ApiClient,
  entra: ApiClient,
  clientId: string,
  { id, name, granted }: (typeof tenants)[number],
): Promise<void> {
  const directoryId = randomUUID()
  await expectSuccess(
    entra('PUT', `/_sandbox/directories/${directoryId}`, { display_name: name, domains: [`${id}.example`] }),
  )
  if (granted !== undefined) {
    const path = `/_sandbox/directories/${directoryId}/consents/${clientId}`
    await expectSuccess(entra('PUT', path, { roles: granted }))
  }
  const tenant = { id, directory_id: directoryId, display_name: name, applications: ['demo'] }
  await expectSuccess(operator('POST', '/tenants', tenant))
}
