import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createApiClient, expectSuccess } from '../sandbox/api-client.ts'
import { openSqlite } from '../src/adapters/registry/sqlite.ts'
import { openRegistryStore } from '../src/adapters/registry/store.ts'
import { systemClock } from '../src/compose/platform.ts'
import { ok } from '../src/domain/result.ts'
import { requestBody, tenantId } from './request.ts'
import { applicationId, roles, type Stage } from './stage.ts'

const perTransaction = 500
const mintsAtOnce = 8

/**
 * Brings the broker from `from` tenants to `to`, each with its token in the cache: it is asked for at the broker
 * and minted through MSAL, Key Vault's key and the local Entra.
 */
export async function addTenants(stage: Stage, from: number, to: number): Promise<void> {
  await registerTenants(stage, from, to, [stage.port])
  let next = from
  const mint = async () => {
    while (next < to) {
      const body: unknown = JSON.parse(requestBody(next))
      next += 1
      await expectSuccess(stage.caller('POST', '/tokens', body))
    }
  }
  await Promise.all(Array.from({ length: mintsAtOnce }, mint))
}

/**
 * Brings the brokers at these ports from `from` tenants to `to`, and nobody has their tokens. They are written by the
 * registry's own adapter, as another replica would write them, because one call each would take long.
 */
export async function registerTenants(
  stage: Stage,
  from: number,
  to: number,
  ports: readonly number[],
): Promise<void> {
  await write(stage, from, to)
  for (const port of ports) {
    const operator = createApiClient({ origin: `http://127.0.0.1:${port}`, key: stage.operatorKey })
    // An operator's read brings the broker's snapshot up to date.
    await expectSuccess(operator('GET', `/tenants/${tenantId(to - 1)}`))
  }
}

async function write({ cloud, clientId, folder }: Stage, from: number, to: number): Promise<void> {
  const store = await openRegistryStore(openSqlite(join(folder, 'registry.sqlite')), systemClock)
  const now = new Date().toISOString()
  for (let first = from; first < to; first += perTransaction) {
    const committed = await store.commit(async (transaction) => {
      for (let index = first; index < Math.min(to, first + perTransaction); index += 1) {
        const directoryId = randomUUID()
        cloud.entra.state.directories.consent(directoryId, clientId, roles)
        await transaction.saveTenant({
          uid: randomUUID(),
          id: tenantId(index),
          directoryId,
          cloud: 'global',
          labels: {},
          applications: [applicationId],
          roleCheck: 'strict',
          enabled: true,
          epoch: await transaction.nextEpoch(),
          revision: transaction.revision,
          createdAt: now,
          updatedAt: now,
        })
      }
      return ok(undefined)
    })
    if (!committed.ok) throw new Error(`The tenants were not registered: ${committed.failure.code}`)
  }
  await store.close()
}
