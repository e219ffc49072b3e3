import t from 'tap'
import { type ApiReply, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { items, members } from '../http/json-value.ts'
import { activate, addHolder, type Holder, smallest } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { operator, vault } = stage

const secretOf = (body: Record<string, unknown>) => String(members(body['key_vault'])['name'])
const statusOf = async (path: string) => (await vault('GET', vaultPath(path))).status

/** Key Vault takes a moment until a secret that it has deleted is among the deleted ones. */
async function deletedSecret(name: string): Promise<ApiReply> {
  let reply = await vault('GET', vaultPath(`/deletedsecrets/${name}`))
  for (const end = Date.now() + 5_000; reply.status === 404 && Date.now() < end; )
    reply = await vault('GET', vaultPath(`/deletedsecrets/${name}`))
  return reply
}

async function retire(holder: Holder, id: unknown): Promise<ApiReply> {
  const reply = await holder.change(id, { state: 'retired' })
  t.equal(reply.status, 200)
  return reply
}

t.test('a retired credential goes, and its secret with it, which Key Vault keeps for a while', async (t) => {
  const holder = await addHolder(stage, 'removed')
  const first = await activate(holder)
  const second = await activate(holder, [first['certificate']])
  await retire(holder, first['id'])
  const name = secretOf(first)
  const removed = await holder.remove(first['id'])
  t.strictSame([removed.status, removed.body], [204, {}])

  t.equal(await statusOf(`/secrets/${name}`), 404)
  const deleted = await deletedSecret(name)
  t.match(deleted, { status: 200, body: { deletedDate: Number, scheduledPurgeDate: Number } }, 'recoverable')
  expectProblem(t, await holder.remove(first['id']), { status: 404, code: 'not_found' }, 'a second time')
  expectProblem(t, await operator('GET', `${holder.path}/${text(first, 'id')}`), {
    status: 404,
    code: 'not_found',
  })
  const { body } = await operator('GET', holder.path)
  t.strictSame(
    items(body['items']).map(({ id }) => id),
    [second['id']],
  )
  const audit = await operator('GET', '/audit?target=applications/removed&page_size=1')
  t.match(audit.body, {
    items: [{ action: 'credential.removed', before: { state: 'retired', key_vault: { name } } }],
  })
  t.equal((await holder.token()).status, 200, 'the other credential is untouched')
  t.equal(await statusOf(`/secrets/${secretOf(second)}`), 200)
  const { body: seen } = await vault('GET', '/_sandbox/requests')
  const purges = Object.keys(members(seen['by_route'])).filter((route) => route.startsWith('DELETE /deleted'))
  t.strictSame(purges, [], 'the broker never purges')
})

t.test('what is pending or active stays until it is retired', async (t) => {
  const holder = await addHolder(stage, 'kept')
  const active = await activate(holder)
  const pending = (await holder.add(smallest)).body
  for (const credential of [active, pending]) {
    const reply = await holder.remove(credential['id'])
    expectProblem(t, reply, { status: 409, code: 'conflict' }, String(credential['state']))
    t.match(reply.body['detail'], String(credential['state']))
    t.match(reply.body['hint'], 'Retire')
    t.equal(await statusOf(`/secrets/${secretOf(credential)}`), 200)
  }
  await retire(holder, pending['id'])
  t.equal((await holder.remove(pending['id'])).status, 204, 'one that was never used may go too')
})

t.test('only the version that was read is removed', async (t) => {
  const holder = await addHolder(stage, 'versioned')
  const { id, ...body } = await activate(holder)
  const current = await retire(holder, id)
  for (const tag of ['"1"', '*', `W/${String(current.headers['etag'])}`])
    expectProblem(
      t,
      await holder.remove(id, { 'if-match': tag }),
      { status: 412, code: 'precondition_failed' },
      tag,
    )
  t.equal(await statusOf(`/secrets/${secretOf(body)}`), 200)
  const removed = await holder.remove(id, { 'if-match': String(current.headers['etag']) })
  t.equal(removed.status, 204)
})

t.test('what was in the vault before the broker stays there', async (t) => {
  const made = await activate(await addHolder(stage, 'giver'))
  const given = await vault('GET', vaultPath(`/secrets/${secretOf(made)}`))
  const { value, contentType } = given.body
  await vault('PUT', vaultPath('/secrets/foreign'), { value, contentType })
  const holder = await addHolder(stage, 'taker')
  const { body } = await holder.add({ type: 'certificate', source: 'key_vault', name: 'foreign' })
  t.equal(body['thumbprint_sha1'], made['thumbprint_sha1'])
  await retire(holder, body['id'])
  t.equal((await holder.remove(body['id'])).status, 204)
  t.equal(await statusOf('/secrets/foreign'), 200)
})

t.test('a secret that somebody else has deleted, or is deleting, stops no removal', async (t) => {
  const holder = await addHolder(stage, 'twice')
  const { id, ...body } = await activate(holder)
  await retire(holder, id)
  await vault('DELETE', vaultPath(`/secrets/${secretOf(body)}`))
  await deletedSecret(secretOf(body))
  t.equal((await holder.remove(id)).status, 204)
})

t.test('while Key Vault refuses nothing is half removed', async (t) => {
  const holder = await addHolder(stage, 'delayed')
  const { id, ...body } = await activate(holder)
  await retire(holder, id)
  const refusal = { status: 403, body: { error: { code: 'Forbidden', message: 'm' } } }
  await vault('POST', '/_sandbox/faults', { match: 'DELETE /secrets/', ...refusal })
  const reply = await holder.remove(id)
  await vault('DELETE', '/_sandbox/faults')
  expectProblem(t, reply, { status: 503, code: 'key_vault_denied' })
  t.equal((await operator('GET', `${holder.path}/${String(id)}`)).body['state'], 'retired')
  t.equal(await statusOf(`/secrets/${secretOf(body)}`), 200)
  t.equal((await holder.remove(id)).status, 204, 'and later it goes')
})

t.test('an application goes with its retired credentials, and not with others', async (t) => {
  const holder = await addHolder(stage, 'whole')
  const first = await activate(holder)
  const path = `/applications/${holder.id}`
  await operator('DELETE', `/tenants/${holder.id}`)
  const used = await operator('DELETE', path)
  expectProblem(t, used, { status: 409, code: 'in_use' })
  t.strictSame(used.body['used_by'], [`applications/whole/credentials/${String(first['id'])}`])
  t.equal(await statusOf(`/secrets/${secretOf(first)}`), 200)
  await retire(holder, first['id'])
  t.equal((await operator('DELETE', path)).status, 204)
  t.equal((await operator('GET', path)).status, 404)
  t.equal((await deletedSecret(secretOf(first))).status, 200)
})

t.test('callers and auditors remove nothing', async (t) => {
  const holder = await addHolder(stage, 'guarded')
  const { id } = await activate(holder)
  await retire(holder, id)
  const one = `${holder.path}/${String(id)}`
  expectProblem(t, await stage.caller('DELETE', one), { status: 403, code: 'role_required' })
  expectProblem(t, await stage.anonymous('DELETE', one), { status: 401, code: 'unauthenticated' })
  t.equal((await operator('GET', one)).status, 200)
})
