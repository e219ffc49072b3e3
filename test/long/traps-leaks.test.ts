import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import {
  certificateAt,
  clientSecretAt,
  codeOf,
  keyAt,
  newSecret,
  putKey,
  putSecret,
} from '../adapters/key-vault/material.ts'
import { type ConnectedVault, connectVault } from '../adapters/key-vault/stage.ts'
import type { Talk } from '../adapters/key-vault/talkative-child.ts'

const child = fileURLToPath(new URL('../adapters/key-vault/talkative-child.ts', import.meta.url))
const random = () => randomBytes(24).toString('base64url')

/** Everything that a process with the SDK's own logging on says while it works with this vault. */
function listenTo(talk: Talk): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], AZURE_LOG_LEVEL: 'info' }
    const options = { env, maxBuffer: 2 ** 26 }
    const started = execFile(process.execPath, [child], options, (error, stdout, stderr) =>
      error === null
        ? resolve(stdout + stderr)
        : reject(new Error(`the child failed: ${stderr.slice(-500)}`)),
    )
    started.stdin?.end(JSON.stringify(talk))
  })
}

t.test('even where the SDK logs, neither a bearer token nor a secret is in the log', async (t) => {
  const stage = await connectVault(t)
  const token = random()
  const value = random()
  stage.bearer.accepted = token
  const names = Array.from(Array(10), (_, index) => `gtb-${index}`)
  for (const name of names) putSecret(stage, name, value)
  const credentials = [
    keyAt('key', putKey(stage, 'key')),
    clientSecretAt('secret', putSecret(stage, 'secret', value)),
    certificateAt('certificate', putSecret(stage, 'certificate')),
  ]
  const echo = { error: { code: 'BadParameter', message: value } }
  await stage.fault({ match: 'PUT /secrets/gtb-3', status: 400, body: echo })
  await stage.fault({ match: 'PUT /secrets/gtb-4', reset: true, times: 1 })
  const secrets = names.map((name) => newSecret(name, { value }))
  const said = await listenTo({ url: stage.url, ca: stage.ca, token, secrets, credentials })
  t.match(said, /azure:.*info/, 'it does log')
  t.match(said, 'done: 23 of 24')
  t.equal(stage.store.secrets.get('gtb-9').version.content.value, value)
  for (const secret of [token, value, 'PRIVATE KEY']) t.notOk(said.includes(secret))
})

/** Nothing of what was sent or answered may be told, in whatever form it came back. */
async function expectSilence(
  t: Test,
  stage: ConnectedVault,
  secret: string,
  results: unknown,
): Promise<void> {
  const told = JSON.stringify([results, stage.described, stage.unexpected.map(String)])
  t.notOk(told.includes(secret), 'nothing of it is told')
}

t.test(
  'an error that is empty or echoes the secret says what it means, and nothing of it is told',
  async (t) => {
    const stage = await connectVault(t)
    const secret = random()
    const codes = {
      400: 'key_vault_unavailable',
      401: 'key_vault_denied',
      403: 'key_vault_denied',
      404: 'credential_unreadable',
      409: 'key_vault_unavailable',
    }
    const json = { 'content-type': 'application/json' }
    const bodies = [
      {},
      { body: '' },
      { body: 'null', headers: json },
      { body: secret },
      { body: `{"value":"${secret}`, headers: json },
      { body: `<html>${secret}</html>`, headers: { 'content-type': 'text/html' } },
      { body: JSON.stringify(secret), headers: json },
      { body: [secret] },
      { body: { error: secret } },
      { body: { error: { code: secret, message: secret, innererror: { code: secret } } } },
      { body: { error: { code: `${secret} `, message: secret, innererror: secret } } },
    ]
    const credential = clientSecretAt('gtb-a', putSecret(stage, 'gtb-a', secret))
    const key = keyAt('key', putKey(stage, 'key'))
    for (const [status, code] of Object.entries(codes)) {
      for (const answer of bodies) {
        await stage.fault({ match: '/gtb-a', status: Number(status), ...answer })
        await stage.fault({ match: '/keys/', status: Number(status), ...answer })
        const results = [
          await stage.vault.store(newSecret('gtb-a', { value: secret })),
          await stage.custody.proof(credential),
          await stage.custody.proof(key),
        ]
        t.strictSame(results.map(codeOf), [code, code, code], `${status} ${JSON.stringify(answer).length}`)
        await expectSilence(t, stage, secret, results)
        await stage.mend()
      }
    }
    t.equal(stage.described.length, 3 * bodies.length * Object.keys(codes).length)
  },
)

t.test('a success that is none is a vault that is away, and nothing of it is told', async (t) => {
  const stage = await connectVault(t)
  const secret = random()
  const json = { 'content-type': 'application/json' }
  const bodies = [
    { body: `{"value":"${secret}`, headers: json },
    { body: '', headers: json },
    { body: `"${secret}"`, headers: json },
    { body: `{"value":"${secret}","id":7}`, headers: json },
  ]
  for (const answer of bodies) {
    await stage.fault({ match: '/gtb-a', status: 200, ...answer })
    const results = [
      await stage.vault.store(newSecret('gtb-a', { value: secret })),
      await stage.vault.read('gtb-a'),
    ]
    t.strictSame(results.map(codeOf), ['key_vault_unavailable', 'key_vault_unavailable'])
    await expectSilence(t, stage, secret, results)
    await stage.mend()
  }
})

t.test('the log tells why a call failed, in codes', async (t) => {
  const { vault, fault, described } = await connectVault(t)
  const body = { error: { code: 'Forbidden', message: 'x', innererror: { code: 'ForbiddenByRbac' } } }
  await fault({ match: 'PUT /secrets/', status: 403, body })
  await vault.store(newSecret('gtb-a'))
  t.strictSame(described, [
    { name: 'RestError', status: 403, code: 'Forbidden', inner_code: 'ForbiddenByRbac' },
  ])
})
