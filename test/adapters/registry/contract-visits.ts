import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { ConsentVisit, RegistryStore } from '../../../src/broker/ports.ts'
import { ok } from '../../../src/domain/result.ts'
import { anApplication, aTenant, type OpenStore } from './contract-fixture.ts'

const now = '2026-11-20T12:00:00.000Z'
const later = '2026-11-20T12:10:00.000Z'

function aVisit(more: Partial<ConsentVisit> = {}): ConsentVisit {
  return {
    tenantUid: randomUUID(),
    applicationUid: randomUUID(),
    tenantEpoch: 7,
    stateHash: randomUUID(),
    browserHash: 'browser',
    expiresAt: later,
    ...more,
  }
}

function add(store: RegistryStore, visit: ConsentVisit, at = now, limit = 50) {
  return store.commit(async (tx) => ok(await tx.addVisit(visit, { now: at, limit })))
}

/** What holds of visits to Microsoft's consent page, whatever database keeps them. */
export function visitContract(t: Test, open: OpenStore): void {
  t.test('a visit ends once, in the browser that began it, and in time', async (t) => {
    const store = await open(t)
    const visit = aVisit()
    const { stateHash, browserHash, tenantUid, applicationUid } = visit
    const claim = { tenantUid, applicationUid, tenantEpoch: 7 }
    t.strictSame(await add(store, visit), ok(true))
    const end = (more: object, at = now) => store.endVisit({ stateHash, browserHash, ...more }, at)
    t.strictSame(await end({ stateHash: 'made up' }), ok({ kind: 'unknown' }))
    t.strictSame(await end({ browserHash: 'another' }), ok({ kind: 'other_browser' }))
    t.strictSame(await end({}, later), ok({ kind: 'unknown' }), 'its time is up')
    t.strictSame(await end({}), ok({ kind: 'ended', claim }), 'none of these ended it')
    t.strictSame(await end({}), ok({ kind: 'used', claim }))
    t.strictSame(await end({ browserHash: 'another' }), ok({ kind: 'other_browser' }))
  })

  t.test('of 50 who end a visit at once, over two connections, one does', async (t) => {
    const stores = [await open(t), await open(t)]
    const visit = aVisit()
    for (const store of stores.slice(0, 1)) await add(store, visit)
    const ends = Array.from({ length: 25 }, () => stores.map((store) => store.endVisit(visit, now))).flat()
    const kinds = (await Promise.all(ends)).map((result) => result.ok && result.value.kind)
    t.equal(kinds.filter((kind) => kind === 'ended').length, 1)
    t.equal(kinds.filter((kind) => kind === 'used').length, 49)
  })

  t.test('the limit counts what is in time of one tenant and application, and is exact', async (t) => {
    const store = await open(t)
    const pair = { tenantUid: randomUUID(), applicationUid: randomUUID() }
    const tries = Array.from({ length: 8 }, () => add(store, aVisit(pair), now, 5))
    const kept = (await Promise.all(tries)).filter((result) => result.ok && result.value)
    t.equal(kept.length, 5)
    t.strictSame(await add(store, aVisit({ ...pair, applicationUid: randomUUID() }), now, 5), ok(true))
    t.strictSame(
      await add(store, aVisit({ ...pair, expiresAt: '2027' }), later, 5),
      ok(true),
      'expired ones are gone',
    )
  })

  t.test('visits go with their tenant, and with their application', async (t) => {
    const store = await open(t)
    const tenant = aTenant(`left-${randomUUID()}`, 0)
    const application = anApplication(`left-${randomUUID()}`, 0)
    const ofTenant = aVisit({ tenantUid: tenant.uid })
    const ofApplication = aVisit({ applicationUid: application.uid })
    await store.commit(async (tx) => {
      await tx.saveTenant({ ...tenant, revision: tx.revision })
      await tx.saveApplication({ ...application, revision: tx.revision })
      for (const visit of [ofTenant, ofApplication]) await tx.addVisit(visit, { now, limit: 50 })
      return ok(undefined)
    })
    await store.commit(async (tx) => {
      await tx.removeTenant(tenant)
      return ok(await tx.removeApplication(application))
    })
    for (const visit of [ofTenant, ofApplication]) {
      t.strictSame(await store.endVisit(visit, now), ok({ kind: 'unknown' }))
    }
  })
}
