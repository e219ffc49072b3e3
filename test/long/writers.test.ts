import t, { type Test } from 'tap'
import type { ApiClient } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'
import { createDatabase } from '../postgres.ts'
import { runReplicas } from '../replicas.ts'

const rounds = 200
const server = process.env['TEST_DATABASE_URL']
const withoutServer = server === undefined && 'TEST_DATABASE_URL names no server'

t.test('SQLite: of two who change the same version, one wins each time', async (t) => {
  const { operator } = await runSandbox(t)
  await race(t, operator, operator)
})

const name = 'PostgreSQL, two replicas: of two who change the same version, one wins each time'
t.test(name, { skip: withoutServer }, async (t) => {
  const { database, drop } = await createDatabase(String(server))
  t.teardown(drop)
  const { all, first } = await runReplicas(t, database, 2)
  const [, second = first] = all
  t.not(second, first)
  await race(t, first.operator, second.operator)
})

async function race(t: Test, one: ApiClient, other: ApiClient): Promise<void> {
  const path = '/tenants/contoso'
  const outcomes = new Map<string, number>()
  for (let round = 0; round < rounds; round += 1) {
    const headers = { 'if-match': String((await one('GET', path)).headers['etag']) }
    const patch = (operator: ApiClient, by: string) =>
      operator('PATCH', path, { labels: { by, round: String(round) } }, headers)
    // Whoever sends first has an advantage, so they take turns.
    const [front, back] = round % 2 === 0 ? [one, other] : [other, one]
    const [first, second] = await Promise.all([patch(front, 'front'), patch(back, 'back')])
    const outcome = [first.status, second.status].sort().join(' and ')
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const by = first.status === 200 ? 'front' : 'back'
    const { body } = await other('GET', path)
    t.strictSame(body['labels'], { by, round: String(round) }, 'the record is as the winner wrote it')
  }
  t.strictSame([...outcomes], [['200 and 412', rounds]])
  t.strictSame(
    await actions(one),
    [...Array(rounds).fill('tenant.replaced'), 'tenant.created'],
    'each win is in the audit, and no loss is',
  )
  t.comment(`${rounds} rounds: ${[...outcomes].map(([what, times]) => `${what} ${times} times`).join(', ')}`)
}

/** What was done to the contested tenant, newest first. */
async function actions(operator: ApiClient): Promise<unknown[]> {
  const found: unknown[] = []
  let token = ''
  do {
    const { body } = await operator('GET', `/audit?target=tenants/contoso&page_size=200${token}`)
    const { items, next_page_token: next } = body
    if (Array.isArray(items)) found.push(...items.map(({ action }: Record<string, unknown>) => action))
    token = typeof next === 'string' ? `&page_token=${next}` : ''
  } while (token !== '')
  return found
}
