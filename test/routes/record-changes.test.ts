import { randomUUID } from 'node:crypto'
import t from 'tap'
import { runSandbox } from '../fixture.ts'
import { etagOf, expectRefusal, ifMatch, listOf } from './expect-refusal.ts'

const { operator, caller, anonymous } = await runSandbox(t)

/** What is the same for every kind of record. */
const kinds = [
  {
    name: 'application',
    collection: '/applications',
    document: () => ({ client_id: randomUUID(), display_name: 'One', permissions: ['Mail.Read'] }),
    other: { display_name: 'Other' },
  },
  {
    name: 'tenant',
    collection: '/tenants',
    document: () => ({ directory_id: randomUUID(), applications: ['demo'], labels: { plan: 'pro' } }),
    other: { labels: { plan: 'free' } },
  },
  {
    name: 'caller',
    collection: '/callers',
    document: () => ({ role: 'caller', grants: [{ tenants: '*', permissions: ['Mail.Read'] }] }),
    other: { grants: [] },
  },
]

const stale = { status: 412, code: 'precondition_failed' }

async function changesOf(target: string) {
  const { body } = await operator('GET', `/audit?target=${target.slice(1)}&page_size=200`)
  return listOf(body['items']).map(({ action }) => action)
}

for (const { name, collection, document, other } of kinds) {
  const path = `${collection}/put-and-patched`
  const first = document()

  t.test(`${name}: PUT creates, replaces, and leaves alone what is the same`, async (t) => {
    const created = await operator('PUT', path, first)
    t.equal(created.status, 201)
    t.equal(created.headers['location'], path)
    const read = await operator('GET', path)
    t.strictSame(read.body, created.body)
    t.equal(etagOf(read), etagOf(created))

    const again = await operator('PUT', path, { ...first, id: 'put-and-patched' })
    t.strictSame([again.status, again.body, etagOf(again)], [200, created.body, etagOf(created)])
    t.notOk('location' in again.headers)

    const replaced = await operator('PUT', path, { ...first, ...other })
    t.equal(replaced.status, 200)
    t.not(etagOf(replaced), etagOf(created))
    t.match(replaced.body, other)
    t.equal(replaced.body['created_at'], created.body['created_at'])
    t.strictSame((await operator('GET', path)).body, replaced.body)
    t.strictSame(await changesOf(path), [`${name}.replaced`, `${name}.created`])
  })

  t.test(`${name}: PUT takes If-Match where it is given`, async (t) => {
    const read = await operator('GET', path)
    const replaced = await operator('PUT', path, first, ifMatch(read))
    t.equal(replaced.status, 200)
    expectRefusal(t, await operator('PUT', path, { ...first, ...other }, ifMatch(read)), stale)
    for (const tag of ['"0"', '*', `W/${etagOf(replaced)}`, etagOf(replaced).slice(1, -1), '']) {
      expectRefusal(t, await operator('PUT', path, { ...first, ...other }, { 'if-match': tag }), stale)
    }
    const absent = `${collection}/never-there`
    expectRefusal(t, await operator('PUT', absent, document(), ifMatch(replaced)), stale)
    expectRefusal(t, await operator('GET', absent), { status: 404, code: 'not_found' })
    t.equal(etagOf(await operator('GET', path)), etagOf(replaced), 'none of these changed it')
  })

  t.test(`${name}: PATCH wants the version that it changes`, async (t) => {
    const read = await operator('GET', path)
    expectRefusal(t, await operator('PATCH', path, other), { status: 428, code: 'precondition_required' })
    const patched = await operator('PATCH', path, other, ifMatch(read))
    t.equal(patched.status, 200)
    t.match(patched.body, other)
    t.not(etagOf(patched), etagOf(read))
    expectRefusal(t, await operator('PATCH', path, other, ifMatch(read)), stale)
    const absent = await operator('PATCH', `${collection}/never-there`, other, ifMatch(patched))
    expectRefusal(t, absent, { status: 404, code: 'not_found' })
  })

  t.test(`${name}: PATCH takes both media types, and changes nothing where nothing changes`, async (t) => {
    const before = await changesOf(path)
    const read = await operator('GET', path)
    for (const type of [
      'application/merge-patch+json',
      'application/json',
      'application/merge-patch+json; charset=utf-8',
    ]) {
      for (const patch of [{}, other, { id: 'put-and-patched' }]) {
        const same = await operator('PATCH', path, patch, { ...ifMatch(read), 'content-type': type })
        t.strictSame([same.status, same.body, etagOf(same)], [200, read.body, etagOf(read)])
      }
    }
    const plain = await operator('PATCH', path, other, { ...ifMatch(read), 'content-type': 'text/plain' })
    expectRefusal(t, plain, { status: 415, code: 'unsupported_media_type' })
    t.strictSame(await changesOf(path), before)
  })

  t.test(`${name}: what a PATCH makes is validated like a PUT`, async (t) => {
    const read = await operator('GET', path)
    const invalid = { status: 400, code: 'invalid_request' }
    const patch = (body: unknown) => operator('PATCH', path, body, ifMatch(read))
    expectRefusal(t, await patch({ 'no/such~member': 1 }), { ...invalid, pointers: ['/no~1such~0member'] })
    expectRefusal(t, await patch({ created_at: 'now' }), { ...invalid, pointers: ['/created_at'] })
    expectRefusal(t, await patch({ id: null }), { ...invalid, pointers: ['/id'] })
    expectRefusal(t, await patch({ id: 'another' }), { ...invalid, pointers: ['/id'] })
    for (const body of [[], 'text', 1, null]) expectRefusal(t, await patch(body), invalid)
    const polluting = await patch({ ['__proto__']: { polluted: true } })
    expectRefusal(t, polluting, { status: 400, code: 'malformed_json' })
    t.equal(etagOf(await operator('GET', path)), etagOf(read))
  })

  t.test(`${name}: ids that would shadow a path or a directory are refused`, async (t) => {
    const invalid = { status: 400, code: 'invalid_request' }
    for (const id of [randomUUID(), 'tokens', 'common', 'organizations']) {
      expectRefusal(t, await operator('PUT', `${collection}/${id}`, document()), {
        ...invalid,
        pointers: ['/id'],
      })
    }
    for (const id of ['-starts', 'Upper', 'under_score', 'dot.ted', 'a'.repeat(64), '%C3%BC']) {
      expectRefusal(t, await operator('PUT', `${collection}/${id}`, document()), invalid)
    }
    const named = await operator('PUT', `${collection}/one-name`, { ...document(), id: 'another' })
    expectRefusal(t, named, { ...invalid, pointers: ['/id'] })
    t.equal((await operator('PUT', `${collection}/${'a'.repeat(63)}`, document())).status, 201)
  })

  t.test(`${name}: DELETE removes this version, once`, async (t) => {
    const read = await operator('GET', path)
    expectRefusal(t, await operator('DELETE', path, undefined, { 'if-match': '"1"' }), stale)
    const removed = await operator('DELETE', path, undefined, ifMatch(read))
    t.strictSame([removed.status, removed.body], [204, {}])
    expectRefusal(t, await operator('GET', path), { status: 404, code: 'not_found' })
    expectRefusal(t, await operator('DELETE', path), { status: 404, code: 'not_found' })
    t.equal((await changesOf(path))[0], `${name}.removed`)
    const { body } = await operator('GET', `${collection}?page_size=200`)
    t.notOk(listOf(body['items']).some(({ id }) => id === 'put-and-patched'))

    const anew = await operator('PUT', path, first)
    t.equal(anew.status, 201, 'its names are free again')
    t.not(etagOf(anew), etagOf(read))
    t.equal((await operator('DELETE', path)).status, 204, 'and it goes without If-Match too')
  })

  t.test(`${name}: only operators change it`, async (t) => {
    for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
      const body = method === 'DELETE' ? undefined : document()
      expectRefusal(t, await caller(method, path, body), { status: 403, code: 'role_required' })
      expectRefusal(t, await anonymous(method, path, body), { status: 401, code: 'unauthenticated' })
    }
  })
}
