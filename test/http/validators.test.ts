import Fastify from 'fastify'
import t from 'tap'
import Type from 'typebox'
import { decide } from '../../src/broker/decide.ts'
import { Words } from '../../src/broker/words.ts'
import { rememberJson } from '../../src/http/json-bodies.ts'
import { passKnownBodies } from '../../src/http/validators.ts'
import { must } from '../broker/fixture.ts'
import { applicationRecord, callerRecord, grantOf, snapshotOf, tenantRecord } from '../broker/records.ts'

const Body = Type.Object({ name: Type.String() }, { $id: 'Body', additionalProperties: false })
const schema = { $ref: 'Body#' }

const snapshot = snapshotOf({
  callers: [callerRecord('orders', { grants: [grantOf(['Mail.Read'])] })],
  tenants: [tenantRecord('contoso', ['mail'])],
  applications: [applicationRecord('mail', ['Mail.Read'])],
})

function grant(words: unknown): void {
  if (!(words instanceof Words)) throw new Error('these words were not remembered')
  must(decide(snapshot, 'orders', { words, tenant: 'contoso', scopes: ['Mail.Read'], dialect: 'graph' }))
}

t.test('words are judged until something is granted for them', async (t) => {
  const validate = passKnownBodies({ Body })({ schema, method: 'POST', url: '/', httpPart: 'body' })
  const [wrong, other] = [Object.assign(new Words(), { name: 1 }), Object.assign(new Words(), { name: 1 })]
  t.match(validate(wrong), { error: [{ instancePath: '/name', keyword: 'type' }] })
  grant(wrong)
  t.equal(validate(wrong), true)
  t.match(validate(other), { error: [{ instancePath: '/name' }] })
})

t.test('what is no remembered body is judged, whatever it is', async (t) => {
  const validate = passKnownBodies({ Body })({ schema, method: 'POST', url: '/', httpPart: 'body' })
  for (const value of [null, undefined, 1, 'text', true, [], {}, Object.freeze({ name: 1 }), Words])
    t.match(validate(value), { error: [{ keyword: /required|type/ }] }, String(value))
  t.equal(validate({ name: 'x' }), true)
})

t.test(
  'a wrong body is refused in the same words each time, before a right one is granted and after',
  async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    rememberJson(app, 10)
    app.addSchema(Body)
    const validatorCompiler = passKnownBodies({ Body })
    app.post('/', { schema: { body: schema }, validatorCompiler }, (request) => {
      grant(request.body)
      return request.body
    })
    const send = async (payload: string) => {
      const headers = { 'content-type': 'application/json' }
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/', headers, payload })
      return `${statusCode} ${body}`
    }
    const wrong = ['{"name":1}', '{"name":"x","more":1}', '{}', '[]', '1', '"x"', 'null']
    const refusals = await Promise.all(wrong.map(send))
    for (const refusal of refusals) t.match(refusal, /^400 .*FST_ERR_VALIDATION/)
    for (const _ of [1, 2]) {
      t.equal(await send('{"name":"x"}'), '200 {"name":"x"}')
      t.strictSame(await Promise.all(wrong.map(send)), refusals)
    }
  },
)
