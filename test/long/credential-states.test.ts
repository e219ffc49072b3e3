import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { setStage } from '../routes/stage.ts'

const { operator, addApplication, addTenant } = await setStage(t)
const inconclusive = { status: 409, code: 'verification_inconclusive' }

t.test('a credential that no directory can be asked about', async (t) => {
  const application = await addApplication('alone')
  await application.upload()
  const reply = await application.change({ state: 'active' })
  expectProblem(t, reply, inconclusive)
  t.match(reply.body['hint'], /verify: false/)
  const { body } = await operator('GET', application.path)
  t.equal(body['state'], 'pending')

  await addTenant('stranger', { application: 'alone' })
  const asked = await application.change({ state: 'active' })
  expectProblem(t, asked, inconclusive)
  t.match(asked.body['detail'], 'stranger: application_not_in_directory')

  const unverified = await application.change({ state: 'active', verify: false })
  t.equal(unverified.status, 200)
  t.equal(unverified.body['state'], 'active')
})

t.test('a credential that Entra takes becomes active, and again is no fault', async (t) => {
  const application = await addApplication('sound')
  await addTenant('absent', { application: 'sound' })
  await addTenant('present', { application: 'sound', clientId: application.clientId, roles: [] })
  await application.upload()
  const first = await application.change({ state: 'active' })
  t.strictSame([first.status, first.body['state']], [200, 'active'], 'one directory that knows it is enough')
  t.match(first.headers['etag'], /^"\d+"$/)
  const second = await application.change({ state: 'active' })
  t.strictSame([second.status, second.body], [200, first.body])
})

t.test('a credential whose certificate nobody uploaded stays pending', async (t) => {
  const application = await addApplication('hasty')
  await addTenant('hasty', { application: 'hasty', clientId: application.clientId, roles: [] })
  const other = await addApplication('other')
  await other.upload()
  const unknown = await application.change({ state: 'active' })
  t.equal(unknown.status, 409, 'Entra does not know the client at all')
  await application.upload()
  const order = { type: 'certificate', source: 'generated', key_size: 2048 }
  const newer = await operator('POST', '/applications/hasty/credentials', order)
  const path = `/applications/hasty/credentials/${String(newer.body['id'])}`
  const tag = { 'if-match': String(newer.headers['etag']) }
  const reply = await operator('PATCH', path, { state: 'active' }, tag)
  expectProblem(t, reply, { status: 424, code: 'credential_rejected' })
  t.equal(reply.body['expected_thumbprint'], newer.body['thumbprint_sha1'])
  t.equal((await operator('GET', path)).body['state'], 'pending')
})

t.test('two are active at most, and what is retired stays so', async (t) => {
  const application = await addApplication('many')
  const order = { type: 'certificate', source: 'generated', key_size: 2048 }
  const paths = [application.path]
  for (let made = 0; made < 2; made += 1) {
    const { body } = await operator('POST', '/applications/many/credentials', order)
    paths.push(`/applications/many/credentials/${String(body['id'])}`)
  }
  const change = async (index: number, body: object) => {
    const path = String(paths[index])
    const { headers } = await operator('GET', path)
    return operator('PATCH', path, body, { 'if-match': String(headers['etag']) })
  }
  const active = { state: 'active', verify: false }
  t.equal((await change(0, active)).status, 200)
  t.equal((await change(1, active)).status, 200)
  const third = await change(2, active)
  expectProblem(t, third, { status: 409, code: 'conflict' })
  t.match(third.body['hint'], 'Retire')
  const retired = await change(0, { state: 'retired' })
  t.strictSame([retired.status, retired.body['state']], [200, 'retired'])
  t.equal((await change(2, active)).status, 200)
  expectProblem(t, await change(0, active), { status: 409, code: 'conflict' })
  t.equal((await change(0, { state: 'retired' })).status, 200)
})

t.test('of two who change the same version one is told to look again', async (t) => {
  const application = await addApplication('raced')
  const { headers } = await operator('GET', application.path)
  const tag = { 'if-match': String(headers['etag']) }
  const change = () => operator('PATCH', application.path, { state: 'active', verify: false }, tag)
  const replies = await Promise.all([change(), change()])
  t.strictSame(replies.map(({ status }) => status).sort(), [200, 412])
})
