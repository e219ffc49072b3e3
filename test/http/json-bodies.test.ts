import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { rememberJson } from '../../src/http/json-bodies.ts'

/** A route that tells which object it was given, by the number of its first appearance. */
function open(t: Test) {
  const app = Fastify()
  rememberJson(app, 100)
  const seen: unknown[] = []
  app.post('/', (request) => {
    if (!seen.includes(request.body)) seen.push(request.body)
    return { body: request.body, number: seen.indexOf(request.body) }
  })
  t.teardown(() => app.close())
  return async (payload: string) => {
    const headers = { 'content-type': 'application/json' }
    const reply = await app.inject({ method: 'POST', url: '/', headers, payload })
    return { status: reply.statusCode, ...reply.json() }
  }
}

t.test('the same text is the same object, and no other text is', async (t) => {
  const send = open(t)
  t.match(await send('{"a":[1]}'), { body: { a: [1] }, number: 0 })
  t.match(await send('{"a":[1]}'), { body: { a: [1] }, number: 0 })
  t.match(await send('{"a":[1] }'), { body: { a: [1] }, number: 1 })
  t.match(await send('{"a":[2]}'), { body: { a: [2] }, number: 2 })
})

t.test('nobody can change what another one sent', async (t) => {
  const app = Fastify()
  rememberJson(app, 100)
  app.post('/', (request) => {
    if (typeof request.body !== 'object' || request.body === null) return {}
    const parts = [request.body, ...Object.values(request.body)]
    return { frozen: parts.every(Object.isFrozen) }
  })
  const headers = { 'content-type': 'application/json' }
  const reply = await app.inject({ method: 'POST', url: '/', headers, payload: '{"a":[1],"b":{}}' })
  t.strictSame(reply.json(), { frozen: true })
})

t.test('what is no JSON, or would change prototypes, is refused each time', async (t) => {
  const send = open(t)
  for (const text of ['{"a":', '{"__proto__":{}}', '{"__proto__":{}}', ''])
    t.match(await send(text), { status: 400 })
})

t.test('a long text is parsed anew each time', async (t) => {
  const send = open(t)
  const long = JSON.stringify({ a: 'x'.repeat(600) })
  t.match(await send(long), { number: 0 })
  t.match(await send(long), { number: 1 })
})
