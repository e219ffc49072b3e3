import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type ApiClient, createApiClient } from '../sandbox/api-client.ts'
import type { LocalBrokerOptions } from '../sandbox/broker.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

export interface Running {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly operator: ApiClient
  readonly caller: ApiClient
  readonly anonymous: ApiClient
}

/** The whole sandbox with its demo, in a folder of its own, until the test ends. */
export async function runSandbox(t: Test, options: Partial<LocalBrokerOptions> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-'))
  const sandbox = await startSandbox({ folder, port: 0, logLevel: 'silent', ...options })
  t.teardown(async () => {
    await sandbox.close()
    rmSync(folder, { recursive: true })
  })
  const { origin } = sandbox.broker
  return {
    sandbox,
    folder,
    operator: createApiClient({ origin, key: sandbox.demo.operatorKey }),
    caller: createApiClient({ origin, key: sandbox.demo.callerKey }),
    anonymous: createApiClient({ origin }),
  }
}
