import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem } from '../http/expect-problem.ts'

let ahead = 0
const clock = { now: () => Date.now(), monotonic: () => performance.now() + ahead }
const { anonymous, operator, caller, folder } = await runSandbox(t, { platform: { clock } })
const ask = () => caller('POST', '/tokens', { tenant: 'contoso', scopes: ['Mail.Read'] })

t.test('a broker in good order', async (t) => {
  t.match(await anonymous('GET', '/livez'), { status: 200, body: { status: 'ok' } })
  t.match(await anonymous('GET', '/readyz'), { status: 200, body: { status: 'ready' } })
})

t.test('a broker that has not seen its database for a minute, and sees it again', async (t) => {
  t.equal((await ask()).status, 200)
  const database = new DatabaseSync(join(folder, 'registry.sqlite'))
  t.teardown(() => database.close())
  database.exec('alter table registry_meta rename to away')
  t.equal((await ask()).status, 200, 'what was read lately decides')
  t.equal((await anonymous('GET', '/readyz')).status, 200)
  const read = await operator('GET', '/tenants')
  expectProblem(t, read, { status: 503, code: 'registry_unavailable' }, 'operators expect the latest')
  t.match(read.headers['retry-after'], /^\d+$/)

  ahead = 61_000
  const stale = await anonymous('GET', '/readyz')
  expectProblem(t, stale, { status: 503, code: 'not_ready' })
  t.match(stale.body['detail'], 'the database was not seen lately')
  t.match(stale.headers['retry-after'], /^\d+$/)
  expectProblem(t, await ask(), { status: 503, code: 'registry_unavailable' }, 'who is revoked is not served')
  t.equal((await anonymous('GET', '/livez')).status, 200, 'a restart mends no database')
  t.equal((await anonymous('GET', '/metrics')).status, 200)

  database.exec('alter table away rename to registry_meta')
  let ready = await anonymous('GET', '/readyz')
  for (const end = Date.now() + 10_000; ready.status !== 200 && Date.now() < end; ) {
    ready = await anonymous('GET', '/readyz')
  }
  t.equal(ready.status, 200)
  t.equal((await ask()).status, 200)
})
