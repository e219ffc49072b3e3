import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { type Running, runSandbox } from '../fixture.ts'
import { createDatabase } from '../postgres.ts'
import { etagOf, listOf } from '../routes/expect-refusal.ts'

/** Names whose order differs between code points and the collations of languages, and between resources. */
const permissions = ['outlook:IMAP.AccessAsApp', 'Mail.Read', 'outlook:full_access_as_app', 'Calendars.Read']
const applications = ['ab', 'a-b', 'a1', 'a-1']

const server = process.env['TEST_DATABASE_URL']
const withoutServer = server === undefined && 'TEST_DATABASE_URL names no server'

t.test('SQLite: lists in any order, PUT twice, change nothing', async (t) => {
  await putTwice(t, await runSandbox(t))
})

t.test(
  'PostgreSQL, sorting as in English: lists in any order, PUT twice, change nothing',
  { skip: withoutServer },
  async (t) => {
    const english = "template template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'en-US'"
    const { database, drop } = await createDatabase(String(server), english)
    t.teardown(drop)
    const running = await runSandbox(t, { environment: { SQLITE_PATH: '', DATABASE_URL: database } })
    await putTwice(t, running)
    for (const id of ['x', 'x-2', 'x2']) {
      await expectSuccess(running.operator('PUT', `/callers/${id}`, { role: 'caller', grants: [] }))
      await expectSuccess(running.operator('POST', `/callers/${id}/keys`, {}))
    }
    const { items } = await expectSuccess(running.operator('GET', '/audit?target=callers/x'))
    t.strictSame(
      listOf(items).map(({ action }) => action),
      ['key.created', 'caller.created'],
      'and the audit of a record has that record alone',
    )
  },
)

async function putTwice(t: Test, { operator }: Running): Promise<void> {
  for (const id of applications) {
    const application = { client_id: randomUUID(), display_name: id, permissions }
    await expectSuccess(operator('PUT', `/applications/${id}`, application))
    await expectSame(`/applications/${id}`, { ...application, permissions: permissions.toReversed() })
  }
  const tenant = { directory_id: randomUUID(), applications }
  await expectSuccess(operator('PUT', '/tenants/many', tenant))
  await expectSame('/tenants/many', { ...tenant, applications: applications.toReversed() })
  const grants = [{ tenants: { ids: ['b', 'a-b', 'ab'] }, permissions }]
  await expectSuccess(operator('PUT', '/callers/many', { role: 'caller', grants }))
  await expectSame('/callers/many', { role: 'caller', grants })

  async function expectSame(path: string, document: object) {
    const before = await operator('GET', path)
    const put = await operator('PUT', path, document)
    t.strictSame([put.status, etagOf(put), put.body], [200, etagOf(before), before.body], path)
  }
}
