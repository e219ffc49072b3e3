import t from 'tap'
import { request } from 'undici'
import { runSandbox } from '../fixture.ts'
import { members } from './json-value.ts'

const { sandbox } = await runSandbox(t)
const { origin } = sandbox.broker
const headers = { authorization: `Bearer ${sandbox.demo.operatorKey}`, 'content-type': 'application/json' }

t.test('a route that takes no body does not mind a client that always says JSON', async (t) => {
  const diagnosis = await request(`${origin}/key-vault/diagnosis`, { method: 'POST', headers })
  t.equal(diagnosis.statusCode, 200)
  t.match(await diagnosis.body.json(), { orphans: [], unusable: [], renewed: [], refused: [] })
  const removed = await request(`${origin}/callers/nobody`, { method: 'DELETE', headers })
  t.equal(members(await removed.body.json())['code'], 'not_found')
})

t.test('a route that takes one says that it is missing', async (t) => {
  const empty = await request(`${origin}/callers`, { method: 'POST', headers, body: '' })
  t.equal(empty.statusCode, 400)
  t.equal(members(await empty.body.json())['code'], 'malformed_json')
})

t.test('text is no body of any route', async (t) => {
  const text = { ...headers, 'content-type': 'text/plain' }
  const { statusCode, body } = await request(`${origin}/callers`, {
    method: 'POST',
    headers: text,
    body: '{}',
  })
  t.equal(statusCode, 415)
  await body.dump()
})
