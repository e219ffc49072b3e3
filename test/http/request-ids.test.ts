import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createRequestIds } from '../../src/http/request-ids.ts'

t.test('each request has a UUID of its own', async (t) => {
  const [one, another] = [createRequestIds(randomUUID), createRequestIds(randomUUID)]
  const ids = Array.from({ length: 20_000 }, (_, number) => (number % 2 === 0 ? one() : another()))
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids)
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id)
})
