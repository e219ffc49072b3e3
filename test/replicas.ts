import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type ApiClient, createApiClient } from '../sandbox/api-client.ts'
import { startLocalBroker } from '../sandbox/broker.ts'
import { freePort } from '../sandbox/loopback.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { type Running, runSandbox } from './fixture.ts'

export interface Replica {
  readonly origin: string
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
  const registry = { SQLITE_PATH: '', DATABASE_URL: database }
  const running = await runSandbox(t, { environment: registry })
  const { sandbox } = running
  const first = replicaAt(sandbox, sandbox.broker.origin)
  const all = [first]
  for (let number = 2; number <= count; number += 1) all.push(await addReplica(t, running, registry))
  return { sandbox, all, first }
}

/** One more broker over the same registry and local cloud, with nothing in memory, until the test ends. */
export async function addReplica(
  t: Test,
  { sandbox, folder }: Pick<Running, 'sandbox' | 'folder'>,
  registry: Readonly<Record<string, string>> = { SQLITE_PATH: join(folder, 'registry.sqlite') },
): Promise<Replica> {
  const own = mkdtempSync(join(tmpdir(), 'replica-'))
  const broker = await startLocalBroker(sandbox.cloud, {
    folder: own,
    port: await freePort(),
    logLevel: 'silent',
    // Replicas share the secret: a page token or a consent link of one is good at the others.
    environment: { ...registry, BROKER_SECRET_FILE: join(folder, 'broker-secret') },
  })
  t.teardown(async () => {
    await broker.close()
    rmSync(own, { recursive: true })
  })
  return replicaAt(sandbox, broker.origin)
}

function replicaAt({ demo }: Sandbox, origin: string): Replica {
  const client = (key: string) => createApiClient({ origin, key })
  return {
    origin,
    operator: client(demo.operatorKey),
    caller: client(demo.callerKey),
    anonymous: createApiClient({ origin }),
    client,
  }
}
