import { type Kysely, sql } from 'kysely'
import type { Test } from 'tap'
import type { Database } from '../../src/adapters/registry/database.ts'
import { openSqlite } from '../../src/adapters/registry/sqlite.ts'
import { openRegistryStore } from '../../src/adapters/registry/store.ts'
import type { GrantDocument, TenantDocument } from '../../src/broker/documents.ts'
import type { RegistryStore } from '../../src/broker/ports.ts'
import { putApplication } from '../../src/broker/put-application.ts'
import { putCaller } from '../../src/broker/put-caller.ts'
import { putTenant } from '../../src/broker/put-tenant.ts'
import type { Registration } from '../../src/broker/registration.ts'
import { createRegistry, type Registry } from '../../src/broker/registry.ts'
import type { RegistrySnapshot } from '../../src/broker/registry-snapshot.ts'
import type { Application } from '../../src/domain/application.ts'
import type { Caller } from '../../src/domain/caller.ts'
import type { CertificateCredential, CredentialState } from '../../src/domain/credential.ts'
import { ok } from '../../src/domain/result.ts'
import type { Tenant } from '../../src/domain/tenant.ts'
import { guid, type ManualClock, manualClock, must, seededRandom } from './fixture.ts'
import { credentialRecord } from './records.ts'

/** The issuer whose tokens count in this world. */
export const trustedIssuer = 'https://issuer.example'

export const actor = { caller: 'olga', requestId: 'request-1' }

/** A registry over a real database in memory, which changes when a test says so and not before. */
export interface World extends Registration {
  readonly clock: ManualClock
  readonly db: Kysely<Database>
  readonly store: RegistryStore
  readonly registry: Registry
  snapshot(): RegistrySnapshot
}

export async function openWorld(t: Test): Promise<World> {
  const clock = manualClock()
  const database = openSqlite(':memory:')
  const { db } = database
  const store = await openRegistryStore(database, clock)
  const registry = createRegistry({
    store,
    clock,
    maximumStaleness: Number.POSITIVE_INFINITY,
    pollInterval: 2 ** 31 - 1,
    onError: (error) => t.fail('the registry cannot be read', { error }),
  })
  await registry.open()
  t.teardown(() => registry.close())
  const trustedIssuers = new Set([trustedIssuer])
  const snapshot = () => must(registry.snapshot())
  return { clock, db, store, registry, random: seededRandom(), trustedIssuers, snapshot }
}

export async function addApplication(
  world: World,
  id: string,
  permissions: readonly string[] = ['Mail.Read'],
  credentials: readonly CredentialState[] = ['active'],
): Promise<Application> {
  const document = { id, client_id: guid(`application ${id}`), display_name: id, permissions }
  const { record: application } = must(await putApplication(world, actor, document, 'absent'))
  for (const [index, state] of credentials.entries()) {
    await addCredential(world, id, `${id}-${index}`, state)
  }
  return world.snapshot().application(id) ?? application
}

/** Adds a certificate that the broker made; a moment later than the one before, so that their order is known. */
export async function addCredential(
  world: World,
  applicationId: string,
  id: string,
  state: CredentialState,
  changed: Partial<CertificateCredential> = {},
): Promise<CertificateCredential> {
  world.clock.advance(1)
  const at = new Date(world.clock.now()).toISOString()
  const stamps = { createdAt: at, updatedAt: at, ...(state === 'active' && { activatedAt: at }) }
  const { activatedAt: _, ...record } = credentialRecord(id, { uid: world.random.uuid(), state })
  const credential: CertificateCredential = { ...record, ...stamps, ...changed }
  must(
    await world.registry.commit(async (transaction) => {
      const application = await transaction.application(applicationId)
      if (application === undefined) throw new Error(`there is no application ${applicationId}`)
      const credentials = [...application.credentials, credential]
      const { revision } = transaction
      return ok(await transaction.saveApplication({ ...application, credentials, revision }))
    }),
  )
  return credential
}

export async function addTenant(
  world: World,
  id: string,
  applications: readonly string[],
  changed: Partial<TenantDocument> = {},
): Promise<Tenant> {
  const document = { id, directory_id: guid(`directory ${id}`), applications, ...changed }
  return must(await putTenant(world, actor, document, 'absent')).record
}

export async function addCaller(
  world: World,
  id: string,
  grants: readonly Partial<GrantDocument>[],
): Promise<Caller> {
  const usual = { tenants: '*', permissions: ['Mail.Read'] } as const
  const document = { id, role: 'caller', grants: grants.map((g) => ({ ...usual, ...g })) } as const
  return must(await putCaller(world, actor, document, 'absent')).record
}

/** Changes a row as another replica would, and lets this one see it. */
export async function alter(
  world: World,
  table: 'application' | 'tenant' | 'caller',
  id: string,
  column: string,
  value: string | number,
): Promise<void> {
  await world.db.transaction().execute(async (db) => {
    await sql`update registry_meta set revision = revision + 1`.execute(db)
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value},
      revision = (select revision from registry_meta) where id = ${id}`.execute(db)
  })
  must(await world.registry.current())
}

export async function removeGrants(world: World, caller: Caller): Promise<void> {
  await world.db.deleteFrom('grant_permission').where('caller_uid', '=', caller.uid).execute()
  await world.db.deleteFrom('grant_rule').where('caller_uid', '=', caller.uid).execute()
  await alter(world, 'caller', caller.id, 'enabled', 1)
}

export async function removeTenant(world: World, { uid, id }: Tenant): Promise<void> {
  await world.db.transaction().execute(async (db) => {
    await sql`update registry_meta set revision = revision + 1`.execute(db)
    await db.deleteFrom('tenant_application').where('tenant_uid', '=', uid).execute()
    await db.deleteFrom('tenant').where('uid', '=', uid).execute()
    const { revision } = await db.selectFrom('registry_meta').select('revision').executeTakeFirstOrThrow()
    await db.insertInto('tombstone').values({ kind: 'tenant', uid, id, revision }).execute()
  })
  must(await world.registry.current())
}

export async function changes(world: World) {
  return world.db.selectFrom('audit_change').selectAll().orderBy('revision').orderBy('position').execute()
}
