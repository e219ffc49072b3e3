import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Agent } from 'undici'
import { createApiClient } from '../../sandbox/api-client.ts'
import { type Running, runSandbox } from '../fixture.ts'

const root = join(import.meta.dirname, '../..')

/** How many token requests the local Entra has seen for a directory. */
async function tokenRequests({ sandbox }: Running, directoryId: string): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
  const entra = createApiClient({ origin: sandbox.file.entra, dispatcher })
  const { body } = await entra('GET', '/_sandbox/requests')
  await dispatcher.close()
  const routes: unknown = body['by_route']
  const seen = new Map(Object.entries(typeof routes === 'object' && routes !== null ? routes : {}))
  return seen.get(`POST /${directoryId}/oauth2/v2.0/token`) ?? 0
}

async function directoryOf({ operator }: Running, tenant: string): Promise<string> {
  const { body } = await operator('GET', `/tenants/${tenant}`)
  return String(body['directory_id'])
}

t.test('npm run sandbox -- --exit shows the roles of a real token in under 20 seconds', async (t) => {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(root, 'sandbox/main.ts'), '--exit', '--port', '0'], {
    cwd: t.testdir(),
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  t.equal(code, 0, output)
  t.match(output, /roles +Mail\.Read, Mail\.ReadWrite, Mail\.Send, Calendars\.Read, /)
  t.match(output, /200, \d+ messages/)
  t.ok(performance.now() - startedAt < 20_000)
})

t.test('the sandbox', async (t) => {
  const running = await runSandbox(t)
  const { caller, folder, sandbox } = running

  t.test('leaves a file for scripts that only its owner can read', async (t) => {
    const path = join(folder, 'sandbox.json')
    t.equal(statSync(path).mode & 0o777, 0o600)
    t.same(JSON.parse(readFileSync(path, 'utf8')), sandbox.file)
    t.match(sandbox.file, { broker: /^http:\/\/127\.0\.0\.1:\d+$/, broker_tls: /^https:\/\/localhost:\d+$/ })
  })

  t.test('a second identical request is a hit: the same token and no request at Entra', async (t) => {
    const directory = await directoryOf(running, 'contoso')
    const before = await tokenRequests(running, directory)
    const request = { tenant: 'contoso', scopes: ['Mail.Read'] }
    const first = await caller('POST', '/tokens', request)
    const between = await tokenRequests(running, directory)
    const second = await caller('POST', '/tokens', request)

    t.equal(first.status, 200)
    t.match(first.headers['cache-status'], /^graph-token-broker; fwd=miss; stored$/)
    t.equal(second.body['access_token'], first.body['access_token'])
    t.match(second.headers['cache-status'], /^graph-token-broker; hit; ttl=3\d{3}$/)
    t.equal(between, before + 1)
    t.equal(await tokenRequests(running, directory), between)
  })

  t.test('1,000 first requests at once for one tenant make one request at Entra', async (t) => {
    const directory = await directoryOf(running, 'fabrikam')
    t.equal(await tokenRequests(running, directory), 0)
    const request = { tenant: 'fabrikam', scopes: ['Mail.Read'] }
    const replies = await Promise.all(Array.from({ length: 1000 }, () => caller('POST', '/tokens', request)))

    t.ok(
      replies.every(({ status }) => status === 200),
      `all of them are served, on ${cpus().length} cores`,
    )
    t.equal(new Set(replies.map(({ body }) => body['access_token'])).size, 1)
    t.equal(await tokenRequests(running, directory), 1)
  })

  t.test('the broker also listens with TLS, for clients that insist on it', async (t) => {
    const dispatcher = new Agent({ connect: { ca: readFileSync(sandbox.file.ca_file, 'utf8') } })
    const live = await createApiClient({ origin: sandbox.file.broker_tls, dispatcher })('GET', '/livez')
    await dispatcher.close()
    t.same(live.body, { status: 'ok' })
  })
})
