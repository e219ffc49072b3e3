import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { shedLoad, watchLoad } from '../../src/http/overload.ts'
import { handleErrors } from '../../src/http/problems.ts'

t.test(
  'while the event loop is late requests are turned away, and a single pause turns nobody away',
  async (t) => {
    let ahead = 0
    const load = watchLoad(() => performance.now() + ahead)
    t.teardown(load.stop)
    let shed = 0
    const app = Fastify({ genReqId: () => '00000000-0000-4000-8000-000000000000' })
    t.teardown(() => app.close())
    handleErrors(app)
    app.get('/open', async () => 'open')
    app.register(async (keyed) => {
      shedLoad(keyed, load, () => {
        shed += 1
      })
      keyed.addHook('onRequest', (_request, _reply, done) => {
        t.notOk(load.overloaded, 'nothing is worked out for who is turned away')
        done()
      })
      keyed.get('/', async () => 'served')
    })

    ahead += 5_000
    for (let looked = 0; looked < 60; looked += 1) {
      await delay(5)
      t.notOk(load.overloaded, 'a machine that slept')
    }
    t.equal((await app.inject('/')).statusCode, 200)

    const lateness = setInterval(() => {
      ahead += 400
    }, 50)
    t.teardown(() => clearInterval(lateness))
    for (const end = Date.now() + 10_000; !load.overloaded && Date.now() < end; ) await delay(5)
    const refused = await app.inject('/')
    t.match(refused, { statusCode: 503, headers: { 'retry-after': /^\d+$/, 'cache-control': 'no-store' } })
    t.match(refused.json(), { code: 'overloaded' })
    t.equal(shed, 1)
    t.equal((await app.inject('/open')).statusCode, 200, 'probes and metrics are answered')

    clearInterval(lateness)
    for (const end = Date.now() + 10_000; load.overloaded && Date.now() < end; ) await delay(5)
    t.equal((await app.inject('/')).statusCode, 200, 'and it is over when the loop is on time')
  },
)
