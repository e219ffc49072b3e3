import type { Test } from 'tap'
import type { RegistryStore } from '../../../src/broker/ports.ts'
import { fail, ok } from '../../../src/domain/result.ts'
import { actor, aTenant, type OpenStore } from './contract-fixture.ts'

/**
 * What holds of every transaction, whatever database is under it. `replicas`: whether two stores may write at a
 * time; the calls of SQLite block this process, and so each other.
 */
export function transactionContract(t: Test, open: OpenStore, replicas: boolean): void {
  t.test('a failure, an error and a transaction that wrote nothing leave no trace', async (t) => {
    const store = await open(t)
    const before = await store.revision()
    const failed = await store.commit(async (tx) => {
      await tx.saveTenant(aTenant('half', tx.revision))
      await tx.recordChange(actor, { action: 'tenant.created', target: 'tenants/half' })
      return fail({ code: 'precondition_failed' })
    })
    t.same(failed, { ok: false, failure: { code: 'precondition_failed' } })
    const broken = store.commit(async (tx) => {
      await tx.saveTenant(aTenant('half', tx.revision))
      throw new Error('a fault of ours')
    })
    await t.rejects(broken, /a fault of ours/)
    t.same(await store.commit(async () => ok('read')), { ok: true, value: 'read' })
    t.equal(await store.revision(), before)
    t.same((await store.changesSince(before)).tenants, [])
    t.same(await store.changes({ target: 'tenants/half', limit: 10 }), { ok: true, value: [] })
  })

  t.test('epochs are never given twice, not even after what took them was undone', async (t) => {
    const store = await open(t)
    const take = () =>
      store.commit(async (tx) => {
        const epoch = await tx.nextEpoch()
        await tx.recordChange(actor, { action: 'epoch.taken', target: `epochs/${epoch}` })
        return ok(epoch)
      })
    const taken = await Promise.all(Array.from({ length: 20 }, take))
    t.equal(new Set(taken.map((result) => (result.ok ? result.value : -1))).size, 20)
  })

  t.test(
    'two writers on one record, 200 rounds: one wins each round and no revision is skipped',
    async (t) => {
      const store = await open(t)
      const other = replicas ? await open(t) : store
      const tenant = aTenant('contested', 0)
      await store.commit(async (tx) => ok(await tx.saveTenant({ ...tenant, revision: tx.revision })))
      for (let round = 0; round < 200; round += 1) {
        const read = await store.commit(async (tx) => ok(await tx.tenant('contested')))
        const expected = read.ok ? read.value?.revision : undefined
        const write = (writer: RegistryStore) =>
          writer.commit(async (tx) => {
            const current = await tx.tenant('contested')
            if (current === undefined || current.revision !== expected)
              return fail({ code: 'precondition_failed' })
            return ok(await tx.saveTenant({ ...current, revision: tx.revision }))
          })
        const results = await Promise.all([write(store), write(other)])
        if (results.filter((result) => result.ok).length !== 1) t.fail(`round ${round}`)
      }
      t.pass('exactly one won each time')
    },
  )
}
