import type { Test } from 'tap'
import { ok } from '../../../src/domain/result.ts'
import type { OpenStore } from './contract-fixture.ts'

/** How every registry store gives back the changes that were recorded in it. */
export function changeContract(t: Test, open: OpenStore): void {
  t.test('changes are read newest first, by actor, target, time and place', async (t) => {
    const store = await open(t)
    for (const target of ['tenants/x1', 'callers/x2', 'callers/x2/keys/k', 'callers/x20']) {
      await store.commit(async (tx) => {
        const change = { action: 'thing.done', target, before: { was: target }, after: { is: target } }
        await tx.recordChange({ caller: 'somebody', requestId: target }, change)
        return ok(undefined)
      })
    }
    const read = async (query: object) => {
      const found = await store.changes({ actor: 'somebody', limit: 100, ...query })
      return found.ok ? found.value : []
    }
    const all = await read({})
    t.same(
      all.map(({ target }) => target),
      ['callers/x20', 'callers/x2/keys/k', 'callers/x2', 'tenants/x1'],
    )
    t.match(all[0], {
      action: 'thing.done',
      before: { was: 'callers/x20' },
      after: { is: 'callers/x20' },
      requestId: 'callers/x20',
    })
    t.same(
      (await read({ target: 'callers/x2' })).map(({ target }) => target),
      ['callers/x2/keys/k', 'callers/x2'],
    )
    t.same(
      (await read({ limit: 1, ...(all[1] && { before: all[1] }) })).map(({ target }) => target),
      ['callers/x2'],
    )
    t.equal((await read({ since: '2999-01-01T00:00:00.000Z' })).length, 0)
    t.equal((await read({ until: '1999-01-01T00:00:00.000Z' })).length, 0)
    t.equal((await read({ actor: 'nobody' })).length, 0)
  })
}
