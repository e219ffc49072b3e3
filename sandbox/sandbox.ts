import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type LocalBroker, type LocalBrokerOptions, startLocalBroker } from './broker.ts'
import { type LocalCloud, startLocalCloud } from './clouds.ts'
import { type Demo, registerDemo } from './demo.ts'
import { freePort } from './loopback.ts'

/** What `sandbox.json` holds, for tests and for people's own scripts. */
export interface SandboxFile {
  readonly broker: string
  readonly broker_tls: string
  readonly entra: string
  readonly key_vault: string
  readonly graph: string
  readonly ca_file: string
  readonly operator_key: string
  readonly callers: Readonly<Record<string, string>>
}

export interface Sandbox {
  readonly cloud: LocalCloud
  readonly broker: LocalBroker
  readonly demo: Demo
  readonly file: SandboxFile
  close(): Promise<void>
}

/** Starts the local cloud and the real broker, and registers the demo through the broker's API. `port` 0: any. */
export async function startSandbox(options: LocalBrokerOptions): Promise<Sandbox> {
  // The broker's public URL must be known before it listens.
  const port = options.port === 0 ? await freePort() : options.port
  const cloud = await startLocalCloud(Date.now)
  const broker = await startLocalBroker(cloud, { ...options, port })
  const demo = await registerDemo(cloud, broker)
  const file = writeSandboxFile(cloud, broker, demo, options)
  return {
    cloud,
    broker,
    demo,
    file,
    async close() {
      await broker.close()
      await cloud.close()
    },
  }
}

function writeSandboxFile(
  cloud: LocalCloud,
  broker: LocalBroker,
  demo: Demo,
  { folder, foreignVault }: LocalBrokerOptions,
): SandboxFile {
  const caFile = resolve(folder, 'ca.pem')
  writeFileSync(caFile, cloud.certificatePem)
  const file: SandboxFile = {
    broker: broker.origin,
    broker_tls: broker.tlsOrigin,
    entra: cloud.entra.origin,
    key_vault: foreignVault?.url ?? cloud.keyVault.origin,
    graph: cloud.graph.origin,
    ca_file: caFile,
    operator_key: demo.operatorKey,
    callers: { 'demo-service': demo.callerKey },
  }
  writeFileSync(join(folder, 'sandbox.json'), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  return file
}
