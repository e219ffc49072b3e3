import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type ApiClient, createApiClient } from '../sandbox/api-client.ts'
import { startLocalBroker } from '../sandbox/broker.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { runSandbox } from './fixture.ts'
import { freePort } from './free-port.ts'

export interface Replica {
  readonly operator: ApiClient
  readonly caller: ApiClient
  readonly anonymous: ApiClient
  client(key: string): ApiClient
}

export interface Replicas {
  readonly sandbox: Sandbox
  readonly all: readonly Replica[]
  readonly first: Replica
}

/** Brokers over one database and one local cloud, with the demo registered, until the test ends. */
export async function runReplicas(t: Test, database: string, count: number): Promise<Replicas> {
  const environment = { SQLITE_PATH: '', DATABASE_URL: database }
  const { sandbox, folder } = await runSandbox(t, { environment })
  const origins = [sandbox.broker.origin]
  for (let number = 2; number <= count; number += 1) {
    const own = mkdtempSync(join(tmpdir(), 'replica-'))
    const broker = await startLocalBroker(sandbox.cloud, {
      folder: own,
      port: await freePort(),
      logLevel: 'silent',
      // Replicas share the secret: a page token or a consent link of one is good at the others.
      environment: { ...environment, BROKER_SECRET_FILE: join(folder, 'broker-secret') },
    })
    t.teardown(async () => {
      await broker.close()
      rmSync(own, { recursive: true })
    })
    origins.push(broker.origin)
  }
  const [first, ...others] = origins.map((origin): Replica => {
    const client = (key: string) => createApiClient({ origin, key })
    const { operatorKey, callerKey } = sandbox.demo
    return {
      operator: client(operatorKey),
      caller: client(callerKey),
      anonymous: createApiClient({ origin }),
      client,
    }
  })
  if (first === undefined) throw new Error('there is no replica')
  return { sandbox, all: [first, ...others], first }
}
