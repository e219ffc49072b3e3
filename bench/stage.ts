import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiClient, createApiClient, expectSuccess, text } from '../sandbox/api-client.ts'
import { type LocalCloud, startLocalCloud, vaultHost } from '../sandbox/clouds.ts'
import { demoPermissions } from '../sandbox/demo.ts'
import { generateApiKey } from '../src/broker/api-key.ts'
import { systemRandom } from '../src/compose/platform.ts'
import type { Permission } from '../src/domain/permission.ts'
import { type Child, startChild } from './child.ts'
import { imageFlags } from './image.ts'
import { type StartBroker, Started } from './messages.ts'

export const applicationId = 'bench'
export const roles = demoPermissions.map((value): Permission => ({ resource: 'graph', value }))

/** A broker in a process of its own, and the local cloud that it talks to in this one. */
export interface Stage {
  readonly cloud: LocalCloud
  readonly folder: string
  readonly broker: Child
  readonly origin: string
  readonly port: number
  readonly caller: ApiClient
  readonly operator: ApiClient
  readonly operatorKey: string
  readonly callerKey: string
  readonly clientId: string
  close(): Promise<void>
}

/** The files that a broker's configuration names, in an empty folder. */
export function writeSecrets(folder: string): { readonly bootstrapKey: string } {
  const bootstrapKey = generateApiKey(systemRandom).text
  writeFileSync(join(folder, 'broker-secret'), randomBytes(48).toString('base64'), { mode: 0o600 })
  writeFileSync(join(folder, 'bootstrap-operator-key'), bootstrapKey, { mode: 0o600 })
  return { bootstrapKey }
}

export interface BrokerProcess {
  readonly child: Child
  readonly port: number
}

/** Brokers of one folder share its registry, and are replicas of each other. */
export async function startBroker(
  cloud: LocalCloud,
  folder: string,
  core: number | undefined,
  own: Pick<StartBroker, 'auditLog' | 'redisUrl'>,
): Promise<BrokerProcess> {
  const child = startChild('broker-server.ts', core, [...imageFlags, '--expose-gc'])
  const order: StartBroker = {
    kind: 'start_broker',
    folder,
    ...own,
    certificatePem: cloud.certificatePem,
    entraOrigin: cloud.entra.origin,
    vaultUrl: `https://${vaultHost}:${cloud.keyVault.port}`,
    identity: cloud.identity,
  }
  return { child, port: (await child.ask(order, Started)).port }
}

/** Starts both and registers an application, with a certificate made by the broker, and a caller. */
export async function setStage(folder: string, core: number | undefined, redisUrl?: string): Promise<Stage> {
  const { bootstrapKey } = writeSecrets(folder)
  const cloud = await startLocalCloud(Date.now)
  const own = { auditLog: 'audit.log', ...(redisUrl !== undefined && { redisUrl }) }
  const { child: broker, port } = await startBroker(cloud, folder, core, own)
  const origin = `http://127.0.0.1:${port}`
  const bootstrap = createApiClient({ origin, key: bootstrapKey })
  const operatorKey = await registerCaller(bootstrap, 'operator', [])
  const operator = createApiClient({ origin, key: operatorKey })
  const clientId = await registerApplication(operator, cloud)
  const callerKey = await registerCaller(operator, 'caller', [{ tenants: '*', permissions: demoPermissions }])
  const caller = createApiClient({ origin, key: callerKey })
  return {
    ...{ cloud, folder, broker, origin, port, operator, operatorKey, caller, callerKey, clientId },
    async close() {
      await broker.stop()
      await cloud.close()
    },
  }
}

async function registerCaller(api: ApiClient, role: string, grants: readonly object[]): Promise<string> {
  const id = `bench-${role}`
  await expectSuccess(api('POST', '/callers', { id, role, grants }))
  return text(await expectSuccess(api('POST', `/callers/${id}/keys`, {})), 'key')
}

async function registerApplication(operator: ApiClient, { entra }: LocalCloud): Promise<string> {
  const clientId = randomUUID()
  const application = { id: applicationId, client_id: clientId, display_name: 'Bench' }
  await expectSuccess(operator('POST', '/applications', { ...application, permissions: demoPermissions }))
  const path = `/applications/${applicationId}/credentials`
  const credential = await operator('POST', path, { type: 'certificate', source: 'generated' })
  const { id, certificate } = await expectSuccess(Promise.resolve(credential))
  entra.state.putApplication(clientId, {
    displayName: 'Bench',
    certificates: [String(certificate)],
    requiredRoles: roles,
  })
  const headers = { 'if-match': String(credential.headers['etag']) }
  // Nothing is in a directory yet that a trial token could be had from.
  await expectSuccess(operator('PATCH', `${path}/${String(id)}`, { state: 'active', verify: false }, headers))
  return clientId
}
