import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { createApiClient } from '../../sandbox/api-client.ts'
import { startLocalBroker } from '../../sandbox/broker.ts'
import { freePort } from '../../sandbox/loopback.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { stylesheetPath } from '../../src/http/consent-pages/pages.ts'
import { expectProblem } from '../http/expect-problem.ts'
import { members } from '../http/json-value.ts'
import { createRawClient } from '../http/raw-client.ts'
import { createDatabase } from '../postgres.ts'
import { runReplicas } from '../replicas.ts'
import { linkOf, until } from '../routes/consent-stage.ts'
import { setStage } from '../routes/stage.ts'
import { createVisitor, goAhead, outcomeOf } from '../routes/visitor.ts'

t.test('The second listener has the consent pages and nothing else', async (t) => {
  const port = await freePort()
  const environment = { PUBLIC_LISTEN: `127.0.0.1:${port}`, PUBLIC_URL: 'https://broker.example.com' }
  const stage = await setStage(t, { environment })
  const { sandbox, operator, token } = stage
  const origin = `http://127.0.0.1:${port}`
  const send = createRawClient(origin, sandbox.demo.operatorKey)
  const elsewhere = [
    '/livez',
    '/readyz',
    '/metrics',
    '/docs',
    '/docs/',
    '/openapi.json',
    '/tenants',
    '/',
    '/audit',
  ]
  for (const path of elsewhere) {
    expectProblem(t, await send({ method: 'GET', path }), { status: 404, code: 'route_not_found' }, path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'] as const) {
    const reply = await send({ method, path: '/tokens' })
    expectProblem(t, reply, { status: 404, code: 'route_not_found' }, method)
  }
  t.equal(
    (await send({ method: 'GET', path: stylesheetPath })).headers['content-type'],
    'text/css; charset=utf-8',
  )

  const visitor = createVisitor(t, sandbox, origin)
  const { status, headers } = await visitor.get(
    await visitor.decide(await visitor.leave(await linkOf(operator, 'northwind'))),
  )
  t.equal(status, 303)
  t.match(visitor.cookie, /^__Host-consent=/, 'behind TLS nobody else sets it')
  await until(async () => outcomeOf(await visitor.get(String(headers['location']))) === 'ready')
  t.equal((await token('northwind')).status, 200)
})

t.test('A replica that is gone while it looks for a consent leaves nothing half-done', async (t) => {
  const { clock, wait, step } = goAhead()
  const stage = await setStage(t, { platform: { clock, wait } })
  const { sandbox, operator, entra, token, folder } = stage
  const directory = await stage.addTenant('orphaned')
  await entra('PUT', '/_sandbox/settings', { consent_delay_ms: 3_600_000 })
  const own = mkdtempSync(join(tmpdir(), 'replica-'))
  const other = await startLocalBroker(sandbox.cloud, {
    folder: own,
    port: await freePort(),
    logLevel: 'silent',
    environment: {
      SQLITE_PATH: join(folder, 'registry.sqlite'),
      BROKER_SECRET_FILE: join(folder, 'broker-secret'),
    },
    // It looks once, and then never again: as if it had been killed.
    platform: { wait: () => new Promise(() => undefined) },
  })
  t.teardown(() => rmSync(own, { recursive: true }))

  const visitor = createVisitor(t, sandbox)
  const back = await visitor.decide(await visitor.leave(await linkOf(operator, 'orphaned')))
  const redeemed = await createRawClient(other.origin)({
    method: 'GET',
    path: back,
    headers: { cookie: String(visitor.cookie) },
  })
  t.equal(redeemed.status, 303)
  const receipt = String(redeemed.headers['location'])
  const failing = async () => (await operator('GET', '/tenants/orphaned')).body
  await until(async () => JSON.stringify(await failing()).includes('application_not_in_directory'))
  await other.close()

  t.equal(outcomeOf(await visitor.get(receipt)), 'checking', 'asked of a replica that did not redeem')
  t.equal(outcomeOf(await visitor.get(back)), 'already_used')
  step(71)
  t.equal(outcomeOf(await visitor.get(receipt)), 'permissions_missing', 'as far as anybody saw')
  await entra('PUT', '/_sandbox/settings', { consent_delay_ms: 0 })
  const consents = `/_sandbox/directories/${directory}/consents/${sandbox.demo.clientId}`
  const { body } = await operator('GET', '/applications/demo')
  await entra('PUT', consents, { roles: body['permissions'] })
  t.equal((await token('orphaned')).status, 200, 'whoever asks for a token finds the consent')
  await until(async () => outcomeOf(await visitor.get(receipt)) === 'ready')
})

const url = process.env['TEST_DATABASE_URL']
const withoutServer = url === undefined && 'TEST_DATABASE_URL names no server'

t.test('50 answers with one state over two replicas start one look', { skip: withoutServer }, async (t) => {
  const { database, drop } = await createDatabase(String(url))
  t.teardown(drop)
  const { all, sandbox, first } = await runReplicas(t, database, 2)
  const visitor = createVisitor(t, sandbox)
  const page = await visitor.leave(await linkOf(first.operator, 'northwind'))
  const back = await visitor.decide(page)
  const headers = { cookie: String(visitor.cookie) }
  const clients = all.map(({ origin }) => createRawClient(origin))
  const answers = Array.from({ length: 25 }, () =>
    clients.map((send) => send({ method: 'GET', path: back, headers })),
  )
  const replies = await Promise.all(answers.flat())
  const [won, ...others] = replies.filter(({ status }) => status === 303)
  t.strictSame(others, [])
  t.equal(replies.filter((reply) => outcomeOf(reply) === 'already_used').length, 49)
  for (const send of clients) {
    const path = String(won?.headers['location'])
    await until(async () => outcomeOf(await send({ method: 'GET', path })) === 'ready')
  }
  t.equal(await countMints(t, sandbox, page), 1)
})

/** How often Entra was asked for a token of the directory whose consent page this is. */
async function countMints(t: Test, { cloud }: Sandbox, page: URL): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  t.teardown(() => dispatcher.close())
  const { body } = await createApiClient({ origin: cloud.entra.origin, dispatcher })(
    'GET',
    '/_sandbox/requests',
  )
  const path = page.pathname.replace('/adminconsent', '/oauth2/v2.0/token')
  return Number(members(body['by_route'])[`POST ${path}`])
}
