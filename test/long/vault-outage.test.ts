import t from 'tap'
import { expectProblem } from '../http/expect-problem.ts'
import { items } from '../http/json-value.ts'
import { addHolder, type Holder, smallest } from '../routes/holder.ts'
import { setStage } from '../routes/stage.ts'
import { vaultPath } from '../routes/vault-bearer.ts'

const stage = await setStage(t)
const { operator, anonymous, vault, entra, pass } = stage
const away = { status: 503, code: 'key_vault_unavailable' }
const value = 'abc8Q~a-secret-that-entra-made'

/** Active without a trial, so that the vault was never asked for it. */
async function addCold(id: string, order: object): Promise<Holder> {
  const holder = await addHolder(stage, id)
  const { body } = await holder.add(order)
  const isSecret = body['type'] === 'client_secret'
  await holder.register(isSecret ? { secrets: [value] } : { certificates: [body['certificate']] })
  t.equal((await holder.change(body['id'], { state: 'active', verify: false })).status, 200)
  return holder
}

const aSecret = () => ({
  type: 'client_secret',
  value,
  expires_at: new Date(Date.now() + 86_400_000 * 90).toISOString(),
})

t.test('with Key Vault away, only what was never loaded has to wait', async (t) => {
  await entra('PUT', '/_sandbox/settings', { token_lifetime_seconds: 60 })
  const loaded = [await addCold('loaded', smallest), await addCold('loaded-secret', aSecret())]
  for (const holder of loaded) t.equal((await holder.token()).status, 200)
  const cold = [await addCold('cold', smallest), await addCold('cold-secret', aSecret())]
  const { body: before } = await operator('GET', '/credentials?page_size=200')
  const { body: secrets } = await vault('GET', vaultPath('/secrets'))
  await vault('POST', '/_sandbox/faults', { match: '/', status: 500, body: '' })

  const tokens = new Set<unknown>()
  for (let round = 0; round < 3; round += 1) {
    await pass(61)
    for (const holder of loaded) {
      const reply = await holder.token()
      t.equal(reply.status, 200, `${holder.id}: the token before has expired, and Entra gives another`)
      tokens.add(reply.body['access_token'])
    }
  }
  t.equal(tokens.size, 6)

  const refused = await Promise.all([
    ...cold.map((holder) => holder.token()),
    ...loaded.map((holder) => holder.add(smallest)),
    ...cold.map((holder) => holder.add(aSecret())),
    loaded[0]?.add({ type: 'certificate', source: 'key_vault', name: 'any' }),
  ])
  for (const reply of refused) {
    if (reply === undefined) return t.fail('no reply')
    expectProblem(t, reply, away)
    t.match(reply.headers['retry-after'], /^\d+$/)
  }
  t.match(await anonymous('GET', '/readyz'), { status: 200, body: { status: 'ready' } })

  await vault('DELETE', '/_sandbox/faults')
  t.strictSame((await operator('GET', '/credentials?page_size=200')).body, before, 'nothing is half there')
  t.strictSame(
    items((await vault('GET', vaultPath('/secrets'))).body['value']).map(({ id }) => id),
    items(secrets['value']).map(({ id }) => id),
  )
  await pass(31)
  for (const holder of cold) t.equal((await holder.token()).status, 200, 'and then it goes on by itself')
})
