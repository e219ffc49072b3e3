import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Agent } from 'undici'
import { createApiClient, expectSuccess } from '../../sandbox/api-client.ts'
import { runSandbox } from '../fixture.ts'

const { sandbox, folder } = await runSandbox(t)
const dispatcher = new Agent({ connect: { ca: sandbox.cloud.certificatePem } })
t.teardown(() => dispatcher.close())
const graph = createApiClient({ origin: sandbox.cloud.graph.origin, dispatcher })
const service = new URL('../client/graph-sdks.ts', import.meta.url).pathname

/** Subjects that each SDK read, over TLS all the way. */
async function readMail(): Promise<unknown> {
  const { file } = sandbox
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [service, file.broker_tls, String(file.callers['demo-service']), file.graph],
    { env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: file.ca_file } },
  )
  return JSON.parse(stdout)
}

const issued = () => readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').length - 1

t.test('both Graph SDKs read mail over TLS, with one token for both', async (t) => {
  const before = issued()
  const read = await readMail()
  if (!Array.isArray(read)) throw new Error('nothing was read')
  const [first, second] = read
  t.ok(first.length > 0)
  t.strictSame(second, first)
  t.equal(issued() - before, 1)
})

t.test('a claims challenge of Graph, which Kiota answers by itself, gets a fresh token', async (t) => {
  const before = issued()
  const claims = Buffer.from('{"access_token":{"nbf":{"essential":true}}}').toString('base64')
  await expectSuccess(graph('POST', '/_sandbox/faults', claimsChallenge(claims)))
  const read = await readMail()
  t.match(read, [[String], [String]])
  t.equal(issued() - before, 2)
})

/** Once, and Kiota's request is the first. */
function claimsChallenge(claims: string) {
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${claims}"`
  return { match: 'GET /v1.0/users', times: 1, status: 401, headers: { 'www-authenticate': challenge } }
}
