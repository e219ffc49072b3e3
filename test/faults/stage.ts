import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Agent, buildConnector } from 'undici'
import { type ApiClient, type ApiReply, createApiClient } from '../../sandbox/api-client.ts'
import { type LocalBrokerOptions, startLocalBroker } from '../../sandbox/broker.ts'
import { type LocalCloud, startLocalCloud, vaultHost } from '../../sandbox/clouds.ts'
import { type Demo, registerDemo } from '../../sandbox/demo.ts'
import { freePort } from '../../sandbox/loopback.ts'
import { createRawClient } from '../http/raw-client.ts'
import { addTenant, type NewTenant } from '../routes/stage.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A broker with a proxy before each of its dependencies, and hands on its clocks. */
export interface FaultStage {
  readonly cloud: LocalCloud
  readonly demo: Demo
  readonly folder: string
  readonly operator: ApiClient
  readonly caller: ApiClient
  readonly anonymous: ApiClient
  /** The local Entra and Key Vault themselves, past the proxies: faults are armed and requests counted there. */
  readonly entra: ApiClient
  readonly vault: ApiClient
  readonly entraProxy: TcpProxy
  readonly vaultProxy: TcpProxy
  /** Lets time pass on the monotonic clock alone. */
  pass(seconds: number): Promise<void>
  /** Steps the broker's wall clock. */
  step(seconds: number): void
  /** Stops the broker's wall clock, or sets it to a time. */
  setWall(unix: number | undefined): void
  token(tenant: string, more?: object): Promise<ApiReply>
  addTenant(id: string, tenant?: NewTenant): Promise<string>
  metric(series: string): Promise<number | undefined>
}

export async function setFaultStage(t: Test, options: Partial<LocalBrokerOptions> = {}): Promise<FaultStage> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  const cloud = await startLocalCloud(Date.now)
  const entraProxy = await startTcpProxy(t, cloud.entra.port)
  const vaultProxy = await startTcpProxy(t, cloud.keyVault.port)
  let [ahead, step] = [0, 0]
  let wall: number | undefined
  const clock = { now: () => wall ?? Date.now() + step, monotonic: () => performance.now() + ahead }
  const broker = await startLocalBroker(cloud, {
    folder,
    port: await freePort(),
    logLevel: 'silent',
    ...options,
    environment: {
      REGISTRY_MAX_STALENESS: '3600',
      KEY_VAULT_URL: `https://${vaultHost}:${vaultProxy.port}`,
      ...options.environment,
    },
    platform: { clock, entraDispatcher: through(t, entraProxy, cloud), ...options.platform },
  })
  t.teardown(async () => {
    await broker.close()
    await cloud.close()
    rmSync(folder, { recursive: true })
  })
  const demo = await registerDemo(cloud, broker)
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const client = (origin: string, key?: string) =>
    createApiClient({ origin, dispatcher, ...(key !== undefined && { key }) })
  const operator = client(broker.origin, demo.operatorKey)
  const caller = client(broker.origin, demo.callerKey)
  const entra = client(cloud.entra.origin)
  return {
    cloud,
    demo,
    folder,
    operator,
    caller,
    anonymous: client(broker.origin),
    entra,
    vault: client(cloud.keyVault.origin),
    entraProxy,
    vaultProxy,
    async pass(seconds) {
      ahead += seconds * 1000
      // The registry is not to count as away because of it.
      await operator('GET', '/callers?page_size=1')
    },
    step(seconds) {
      step += seconds * 1000
    },
    setWall(unix) {
      wall = unix
    },
    token: (tenant, more = {}) => caller('POST', '/tokens', { tenant, scopes: ['Mail.Read'], ...more }),
    addTenant: (id, tenant = { roles: ['Mail.Read'] }) =>
      addTenant({ operator, entra }, id, { clientId: demo.clientId, ...tenant }),
    async metric(series) {
      const { text } = await createRawClient(broker.origin)({ method: 'GET', path: '/metrics' })
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
      return line === undefined ? undefined : Number(line.slice(series.length + 1))
    },
  }
}

/** Entra's own name and certificate, at the address of the proxy. */
function through(t: Test, proxy: TcpProxy, cloud: LocalCloud): Agent {
  const connect = buildConnector({ ca: cloud.certificatePem, timeout: 2_000 })
  const agent = new Agent({
    connect: (options, done) => connect({ ...options, port: String(proxy.port) }, done),
  })
  t.teardown(() => agent.destroy())
  return agent
}
