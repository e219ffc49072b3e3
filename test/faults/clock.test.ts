import type { Test } from 'tap'
import t from 'tap'
import { prove } from './prove.ts'
import { setFaultStage } from './stage.ts'

const stage = await setFaultStage(t)
const { anonymous, token, addTenant, pass, step, setWall, metric } = stage
const wrong = 'token_broker_clock_skew_seconds'

/** A new tenant, so that Entra is asked and its answer tells the time. */
let tenants = 0
async function mint() {
  tenants += 1
  const id = `minted-${tenants}`
  await addTenant(id)
  return token(id)
}

async function expectReady(t: Test, isReady: boolean) {
  const { status, body } = await anonymous('GET', '/readyz')
  t.equal(status, isReady ? 200 : 503)
  if (!isReady) t.match(body['detail'], /the clock is \d+ s (ahead of|behind) Entra's/)
  return body
}

/** Whatever the step, held tokens and new ones are had; back again, all is as before. */
async function expectHarmless(t: Test, seconds: number) {
  const held = await mint()
  t.equal(held.status, 200)
  const tenant = `minted-${tenants}`
  step(seconds)
  await expectReady(t, false)
  const again = await token(tenant)
  t.equal(again.body['access_token'], held.body['access_token'], 'the held token is as good as before')
  t.match(again.headers['cache-status'], /hit/)
  t.ok(Math.abs(Number(again.body['expires_in']) - Number(held.body['expires_in'])) <= 1)
  const minted = await mint()
  t.equal(minted.status, 200, 'signed by the time of Entra')
  t.ok(Math.abs(Number(minted.body['expires_in']) - 3599) < 5)
  t.ok(Math.abs(((await metric(wrong)) ?? 0) - seconds) < 3)
  await pass(3590)
  const renewed = await token(tenant)
  t.equal(renewed.status, 200)
  t.not(renewed.body['access_token'], held.body['access_token'], 'and it expires when it would have')
  step(-seconds)
  await expectReady(t, true)
}

prove('clock', 'quick', {
  async slow(t) {
    await mint()
    step(-75)
    const body = await expectReady(t, true)
    t.match(body['warnings'], [/the clock is 7[4-6] s behind Entra's/])
    t.equal((await mint()).status, 200)
    t.ok(Math.abs(((await metric(wrong)) ?? 0) + 75) < 3)
    step(75)
    t.same((await expectReady(t, true))['warnings'], [])
  },
  async hung(t) {
    setWall(Date.now())
    const first = await mint()
    await pass(3590)
    const second = await token(`minted-${tenants}`)
    t.equal(second.status, 200)
    t.not(second.body['access_token'], first.body['access_token'])
    setWall(undefined)
    await mint()
    await expectReady(t, true)
  },
  reset: (t) => expectHarmless(t, -600),
  async nonsense(t) {
    const held = await mint()
    const tenant = `minted-${tenants}`
    setWall(0)
    await expectReady(t, false)
    t.equal((await token(tenant)).body['access_token'], held.body['access_token'])
    t.equal((await mint()).status, 200)
    setWall(undefined)
    await expectReady(t, true)
  },
  oversized: (t) => expectHarmless(t, 600),
  async flapping(t) {
    await mint()
    for (const seconds of [400, -400, -700, 700, 301, -301]) {
      step(seconds)
      await expectReady(t, false)
      t.equal((await mint()).status, 200)
      step(-seconds)
      await expectReady(t, true)
    }
  },
})
