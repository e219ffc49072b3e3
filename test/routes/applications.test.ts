import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'

const { operator, sandbox, folder } = await runSandbox(t)
const valid = { id: 'sync', client_id: randomUUID(), display_name: 'Sync', permissions: ['Mail.Read'] }

t.test('an application is registered, and read as it was registered', async (t) => {
  const application = {
    ...valid,
    client_id: valid.client_id.toUpperCase(),
    permissions: ['mail.send', 'Mail.Read', 'MAIL.READ', 'outlook:IMAP.AccessAsApp'],
    support_url: 'https://example.com/support',
    return_url: 'https://example.com/done?from=consent',
    signing_alg: 'RS256',
  }
  const { status, headers, body } = await operator('POST', '/applications', application)
  t.equal(status, 201)
  t.equal(headers['location'], '/applications/sync')
  t.match(headers['etag'], /^"\d+"$/)
  t.match(body, {
    ...application,
    client_id: valid.client_id,
    permissions: ['Mail.Read', 'Mail.Send', 'outlook:IMAP.AccessAsApp'],
    cloud: 'global',
    redirect_uri: `${sandbox.broker.origin}/consent/callback`,
  })
  t.ok(Math.abs(Date.parse(String(body['created_at'])) - Date.now()) < 60_000)
  const read = await operator('GET', '/applications/sync')
  t.strictSame(read.body, body)
  t.equal(read.headers['etag'], headers['etag'])
})

t.test('what is not said has a default', async (t) => {
  const { body } = await operator('POST', '/applications', { ...valid, id: 'plain', client_id: randomUUID() })
  t.match(body, { cloud: 'global', signing_alg: 'PS256' })
  t.notOk('support_url' in body || 'return_url' in body)
})

t.test('an id and a client id belong to one application', async (t) => {
  const taken = { status: 409, code: 'already_exists' }
  const id = await operator('POST', '/applications', { ...valid, client_id: randomUUID() })
  expectProblem(t, id, taken)
  t.match(id.body['detail'], 'id "sync"')
  const client = { ...valid, id: 'other', client_id: valid.client_id.toUpperCase() }
  const clientId = await operator('POST', '/applications', client)
  expectProblem(t, clientId, taken)
  t.match(clientId.body['detail'], `client_id "${valid.client_id}"`)
  const elsewhere = await operator('POST', '/applications', { ...client, cloud: 'usgov' })
  t.equal(elsewhere.status, 201, 'but clouds share nothing')
})

t.test('ten who register the same id at once make one application', async (t) => {
  const body = () => ({ ...valid, id: 'raced', client_id: randomUUID() })
  const replies = await Promise.all(Array.from(Array(10), () => operator('POST', '/applications', body())))
  const statuses = replies.map(({ status }) => status).sort()
  t.strictSame(statuses, [201, ...Array(9).fill(409)])
})

t.test('the list goes by id, page by page', async (t) => {
  const whole = await operator('GET', '/applications')
  const all = items(whole.body['items'])
  t.strictSame(
    all.map(({ id }) => id),
    all.map(({ id }) => id).sort(),
  )
  const walked: unknown[] = []
  let path: string | undefined = '/applications?page_size=1'
  while (path !== undefined) {
    const page: Awaited<ReturnType<typeof operator>> = await operator('GET', path)
    t.equal(items(page.body['items']).length, 1)
    walked.push(...items(page.body['items']))
    path = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link']))?.[1]
    t.equal(path?.endsWith(`page_token=${String(page.body['next_page_token'])}`), path && true)
  }
  t.strictSame(walked, all)
})

t.test('a registry that cannot be written now', async (t) => {
  const other = new DatabaseSync(join(folder, 'registry.sqlite'))
  other.exec('begin immediate')
  const reply = await operator('POST', '/applications', { ...valid, id: 'late', client_id: randomUUID() })
  other.exec('rollback')
  other.close()
  expectProblem(t, reply, { status: 503, code: 'registry_unavailable' })
  t.match(reply.headers['retry-after'], /^\d+$/)
  expectProblem(t, await operator('GET', '/applications/late'), { status: 404, code: 'not_found' })
})
