import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Credential } from '../../../src/domain/credential.ts'
import { ok } from '../../../src/domain/result.ts'
import {
  aCaller,
  aCredential,
  anApplication,
  aTenant,
  everyCredential,
  type OpenStore,
} from './contract-fixture.ts'

/** How every registry store keeps records, and what belongs to them. */
export function recordContract(t: Test, open: OpenStore): void {
  t.test('what was saved is read back whole, by this store and by one that is opened later', async (t) => {
    const store = await open(t)
    const since = await store.revision()
    let application = anApplication('a', 0)
    let tenant = aTenant('t', 0)
    let caller = aCaller('c', 0)
    await store.commit(async (tx) => {
      application = {
        ...application,
        credentials: [aCredential()],
        supportUrl: 'https://a.example',
        revision: tx.revision,
      }
      tenant = { ...tenant, applications: ['a'], displayName: 'Tenant', revision: tx.revision }
      caller = { ...caller, dialect: 'aurinko', rateLimit: 600, revision: tx.revision }
      await tx.saveApplication(application)
      await tx.saveTenant(tenant)
      await tx.saveCaller(caller)
      return ok(undefined)
    })
    const later = await open(t)
    for (const reader of [store, later]) {
      const changes = await reader.changesSince(since)
      t.same(changes.applications, [application])
      t.same(changes.tenants, [tenant])
      t.same(changes.callers, [caller])
      t.equal(changes.revision, since + 1)
    }
  })

  t.test('credentials of every type are read back as they were, and as they become', async (t) => {
    const store = await open(t)
    const since = await store.revision()
    const credentials = everyCredential()
    const application = anApplication('credentials', 0, { credentials })
    const save = (changed: readonly Credential[]) =>
      store.commit(async (tx) => {
        const saved = { ...application, credentials: changed, revision: tx.revision }
        return ok(await tx.saveApplication(saved))
      })
    const read = async () => {
      const { applications } = await (await open(t)).changesSince(since)
      const [found] = applications.filter(({ uid }) => uid === application.uid)
      return byUid(found?.credentials ?? [])
    }
    await save(credentials)
    t.strictSame(await read(), byUid(credentials))
    const inside = await store.commit(async (tx) => ok(await tx.application('credentials')))
    t.strictSame(inside.ok && byUid(inside.value?.credentials ?? []), byUid(credentials))
    const retired = credentials.map((credential) => ({
      ...credential,
      state: 'retired' as const,
      compromised: true,
    }))
    await save(retired)
    t.strictSame(await read(), byUid(retired))
    await save(retired.slice(1))
    t.strictSame(await read(), byUid(retired.slice(1)))
  })

  t.test('a record that is saved again is replaced, with all that belongs to it', async (t) => {
    const store = await open(t)
    const since = await store.revision()
    const caller = aCaller('replaced', 0)
    await store.commit(async (tx) => ok(await tx.saveCaller({ ...caller, revision: tx.revision })))
    await store.commit(async (tx) =>
      ok(await tx.saveCaller({ ...caller, grants: [], keys: [], revision: tx.revision })),
    )
    const { callers } = await store.changesSince(since)
    t.match(callers, [{ id: 'replaced', grants: [], keys: [], revision: since + 2 }])
  })

  t.test('a removal leaves a tombstone, takes what belongs to the record, and frees its names', async (t) => {
    const store = await open(t)
    const since = await store.revision()
    const application = anApplication('gone', 0, { credentials: [aCredential()] })
    const tenant = aTenant('gone', 0, { applications: ['gone'] })
    const caller = aCaller('gone', 0)
    await store.commit(async (tx) => {
      await tx.saveApplication({ ...application, revision: tx.revision })
      await tx.saveTenant({ ...tenant, revision: tx.revision })
      await tx.saveCaller({ ...caller, revision: tx.revision })
      const { uid: tenantUid } = tenant
      await tx.saveObservation({
        tenantUid,
        applicationUid: application.uid,
        resource: 'graph',
        roles: [],
        revision: tx.revision,
      })
      return ok(undefined)
    })
    await store.commit(async (tx) => {
      await tx.removeTenant(tenant)
      await tx.removeCaller(caller)
      await tx.removeApplication(application)
      return ok(undefined)
    })
    const changes = await store.changesSince(since)
    t.same([changes.applications, changes.tenants, changes.callers, changes.observations], [[], [], [], []])
    t.same(
      new Set(changes.tombstones.map(({ kind, uid }) => `${kind} ${uid}`)),
      new Set([`application ${application.uid}`, `tenant ${tenant.uid}`, `caller ${caller.uid}`]),
    )
    const again = await store.commit(async (tx) => {
      await tx.saveApplication({ ...application, uid: randomUUID(), credentials: [], revision: tx.revision })
      return ok(undefined)
    })
    t.ok(again.ok)
  })

  t.test(
    'who uses a record is known: tenants of an application, callers whose grants name a tenant',
    async (t) => {
      const store = await open(t)
      await store.commit(async (tx) => {
        const application = anApplication('used', tx.revision)
        await tx.saveApplication(application)
        await tx.saveTenant(aTenant('user-b', tx.revision, { applications: ['used'] }))
        await tx.saveTenant(aTenant('user-a', tx.revision, { applications: ['used'] }))
        const grants = [
          { tenants: { kind: 'ids', ids: ['user-a', 'later'] }, permissions: [], excess: 'refuse' },
        ] as const
        await tx.saveCaller(aCaller('granted', tx.revision, { grants, role: 'operator' }))
        t.same(await tx.tenantsOf(application), ['user-a', 'user-b'])
        t.same(await tx.callersGranted('user-a'), ['granted'])
        t.same(await tx.callersGranted('later'), ['granted'])
        t.same(await tx.callersGranted('user-b'), [])
        t.match(
          (await tx.operators()).filter(({ id }) => id === 'granted'),
          [{ id: 'granted' }],
        )
        return ok(undefined)
      })
    },
  )
}

/** No order of credentials is promised. */
function byUid(credentials: readonly Credential[]): readonly Credential[] {
  return credentials.toSorted((a, b) => a.uid.localeCompare(b.uid))
}
