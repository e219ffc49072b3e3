import { Readable } from 'node:stream'
import Fastify from 'fastify'
import t from 'tap'
import { createLogger } from '../../src/http/logger.ts'
import { handleErrors } from '../../src/http/problems.ts'
import { decorateLog, ServerLog } from '../../src/http/server-log.ts'

const request_id = '00000000-0000-4000-8000-000000000000'

function stage() {
  const lines: unknown[] = []
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) })
  const app = Fastify({ genReqId: () => request_id, logController: new ServerLog(logger) })
  decorateLog(app, logger)
  handleErrors(app)
  return { app, lines }
}

t.test('an error that nobody expected is logged under the id that the reply names', async (t) => {
  const { app, lines } = stage()
  app.get('/', () => {
    throw new Error('a fault of ours')
  })
  const { statusCode, body } = await app.inject('/')
  t.equal(statusCode, 500)
  t.match(JSON.parse(body), { code: 'internal_error', instance: `urn:uuid:${request_id}` })
  t.notMatch(body, 'a fault of ours')
  t.match(lines, [{ level: 'error', request_id, err: { message: 'a fault of ours' } }])
  t.equal(lines.length, 1)
})

t.test('what goes well is not logged, for the audit has a line of it', async (t) => {
  const { app, lines } = stage()
  app.get('/', async () => 'well')
  t.equal((await app.inject('/')).statusCode, 200)
  t.equal((await app.inject('/nowhere')).statusCode, 404)
  t.strictSame(lines, [])
})

t.test('a reply that breaks off is logged', async (t) => {
  const { app, lines } = stage()
  app.get('/', (_request, reply) => {
    const stream = new Readable({
      read() {
        this.push('the beginning')
        this.destroy(new Error('the disk is gone'))
      },
    })
    reply.send(stream)
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  await t.rejects(fetch(address).then((reply) => reply.text()))
  t.match(lines, [{ level: 'warn', request_id, err: { message: 'the disk is gone' } }])
})

t.test('and so is one that cannot be begun', async (t) => {
  const { app, lines } = stage()
  app.get('/', (_request, reply) => {
    reply.header('x-of-ours', 'line\nline').send('text')
  })
  await app.inject('/').catch(() => undefined)
  t.match(lines, [{ level: 'error', request_id }])
})
