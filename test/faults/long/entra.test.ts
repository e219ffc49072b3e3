import t from 'tap'
import { expectProblem } from '../../http/expect-problem.ts'
import { prove } from '../prove.ts'
import { setFaultStage } from '../stage.ts'

const { entraProxy, token, addTenant, pass } = await setFaultStage(t)
/** Milliseconds. */
const deadline = 10_000

prove('entra', 'long', {
  async hung(t) {
    await addTenant('held')
    await addTenant('hung')
    t.equal((await token('held')).status, 200)
    await entraProxy.set('stall')
    const startedAt = performance.now()
    const waiting = token('hung')
    t.match(await token('held'), { status: 200, headers: { 'cache-status': /hit/ } })
    t.ok(performance.now() - startedAt < 1_000)
    const reply = await waiting
    const waited = performance.now() - startedAt
    expectProblem(t, reply, { status: 503, code: 'entra_unavailable' })
    t.equal(reply.headers['retry-after'], '30')
    t.ok(waited > deadline - 100 && waited < deadline + 2_000, `${Math.round(waited)} ms`)
    await entraProxy.set('pass')
    entraProxy.cut()
    await pass(31)
    t.equal((await token('hung')).status, 200)
  },
})
