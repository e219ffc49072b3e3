import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type ApiClient, type ApiReply, text } from '../../sandbox/api-client.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { createDatabase } from '../postgres.ts'
import { addReplica } from '../replicas.ts'
import { activate, addHolder } from '../routes/holder.ts'
import { type Stage, setStage } from '../routes/stage.ts'

const server = process.env['TEST_DATABASE_URL']
const withoutServer = server === undefined && 'TEST_DATABASE_URL names no server'
/** Milliseconds in which every replica must know. */
const longestToAll = 5_000

t.test('over SQLite', async (t) => {
  const stage = await setStage(t)
  await expectRetirements(t, stage, { SQLITE_PATH: join(stage.folder, 'registry.sqlite') })
})

t.test('over PostgreSQL', { skip: withoutServer }, async (t) => {
  const { database, drop } = await createDatabase(String(server))
  const environment = { SQLITE_PATH: '', DATABASE_URL: database }
  const stage = await setStage(t, { environment })
  t.teardown(drop)
  await expectRetirements(t, stage, environment)
})

async function expectRetirements(t: Test, stage: Stage, registry: Record<string, string>): Promise<void> {
  const { operator, caller } = stage
  const second = await addReplica(t, stage, registry)
  const ask = (api: ApiClient, tenant: string) => api('POST', '/tokens', { tenant, scopes: ['Mail.Read'] })

  /** An application with two active credentials, and a token of the newest one on both replicas. */
  async function prepare(id: string) {
    const holder = await addHolder(stage, id)
    const first = await activate(holder)
    const newest = await activate(holder, [first['certificate']])
    await second.operator('GET', '/applications')
    const tokens = [await ask(caller, id), await ask(second.caller, id)].map(tokenIn)
    t.strictSame([await ask(caller, id), await ask(second.caller, id)].map(tokenIn), tokens, 'cached')
    return { holder, first, newest, tokens }
  }

  await t.test('one that is retired as compromised takes its tokens with it, on every replica', async (t) => {
    const { holder, first, newest, tokens } = await prepare('stolen')
    const retired = await holder.change(newest['id'], { state: 'retired', compromised: true })
    t.match(retired, { status: 200, body: { state: 'retired', compromised: true } })
    await holder.register({ certificates: [first['certificate']] })

    const again = await holder.token()
    t.equal(again.status, 200, 'the other credential goes on')
    t.notOk(tokens.includes(tokenIn(again)), 'what the thief may have is not handed out')
    t.match(again.headers['cache-status'], 'fwd=miss')
    const elsewhere = await until(
      () => ask(second.caller, 'stolen'),
      (reply) => tokenIn(reply) !== tokens[1],
    )
    t.equal(elsewhere.status, 200)
    t.notOk(tokens.includes(tokenIn(elsewhere)), 'nor on the other replica')
    t.equal((await stage.readMail(tokenIn(elsewhere))).status, 200)
    const shown = await operator('GET', `${holder.path}/${text(newest, 'id')}`)
    t.equal(shown.body['compromised'], true)
    const { body } = await operator('GET', '/audit?target=applications/stolen&page_size=1')
    t.match(body, { items: [{ action: 'credential.retired', after: { compromised: true } }] })
  })

  await t.test('one that is merely retired leaves its tokens where they are', async (t) => {
    const { holder, newest, tokens } = await prepare('replaced')
    const retired = await holder.change(newest['id'], { state: 'retired' })
    t.equal(retired.status, 200)
    t.notOk('compromised' in retired.body)
    t.equal(tokenIn(await holder.token()), tokens[0])
    await second.operator('GET', '/applications/replaced')
    t.equal(tokenIn(await ask(second.caller, 'replaced')), tokens[1])

    const later = await holder.change(newest['id'], { state: 'retired', compromised: true })
    t.match(later, { status: 200, body: { compromised: true } }, 'it may turn out later')
    t.not(tokenIn(await holder.token()), tokens[0])
    const tag = later.headers['etag']
    const same = await holder.change(newest['id'], { state: 'retired' })
    t.match(same, { status: 200, headers: { etag: tag }, body: { compromised: true } }, 'and stays so')
  })

  await t.test('with the last one gone there is no token, old or new', async (t) => {
    const holder = await addHolder(stage, 'emptied')
    const only = await activate(holder)
    t.equal((await holder.token()).status, 200)
    t.equal((await holder.change(only['id'], { state: 'retired', compromised: true })).status, 200)
    expectProblem(t, await holder.token(), { status: 424, code: 'credential_missing' })
  })

  await t.test('only what is retired can be compromised', async (t) => {
    const holder = await addHolder(stage, 'confused')
    const only = await activate(holder)
    const reply = await holder.change(only['id'], { state: 'active', compromised: true })
    expectProblem(t, reply, { status: 400, code: 'invalid_request', pointer: '/compromised' })
    const harmless = await holder.change(only['id'], { state: 'active', compromised: false })
    t.equal(harmless.status, 200)
    t.equal((await holder.token()).status, 200)
  })
}

function tokenIn({ body }: ApiReply): string {
  return text(body, 'access_token')
}

/** What the last reply was when it was as wanted, or when the time was over. */
async function until(get: () => Promise<ApiReply>, isThere: (reply: ApiReply) => boolean): Promise<ApiReply> {
  let reply = await get()
  for (const end = Date.now() + longestToAll; !isThere(reply) && Date.now() < end; reply = await get())
    await delay(20)
  return reply
}
