import t from 'tap'
import {
  bundleOf,
  certificateAt,
  clientSecretAt,
  codeOf,
  keyAt,
  must,
  other,
  pem,
  putKey,
  putSecret,
  signs,
  until,
} from './material.ts'
import { type ConnectedVault, connectVault } from './stage.ts'

const away = { match: '/', status: 403, body: { error: { code: 'Forbidden', message: 'x' } } }

/** One credential of every type, each in the vault. */
function everyCredential(stage: ConnectedVault) {
  return [
    certificateAt('certificate', putSecret(stage, 'certificate')),
    clientSecretAt('secret', putSecret(stage, 'secret', 'value')),
    keyAt('key', putKey(stage, 'key')),
  ]
}

/** How often the vault was asked for what a credential stands for. */
function reads(
  stage: ConnectedVault,
  { type, vaultName, vaultVersion }: { type: string; vaultName: string; vaultVersion: string },
) {
  return stage.count(`GET /${type === 'key' ? 'keys' : 'secrets'}/${vaultName}/${vaultVersion}`)
}

t.test('callers who need the same credential share one read, and the next needs none', async (t) => {
  const stage = await connectVault(t)
  for (const credential of everyCredential(stage)) {
    const before = reads(stage, credential)
    const proofs = await Promise.all(Array.from(Array(20), () => stage.custody.proof(credential)))
    t.equal(new Set(proofs.map((proof) => must(t, proof))).size, 1, credential.type)
    const once = reads(stage, credential)
    await stage.custody.proof(credential)
    t.equal(reads(stage, credential), once)
    t.ok(once > before)
    stage.custody.forget(credential)
    await stage.custody.proof(credential)
    t.ok(reads(stage, credential) > once, 'until it is told to forget')
  }
  t.equal(stage.count('GET /secrets'), 2, 'all on one client for secrets')
})

t.test('a failure is not held', async (t) => {
  const stage = await connectVault(t)
  for (const credential of everyCredential(stage)) {
    await stage.fault({
      match: `/${credential.vaultName}/`,
      status: 404,
      body: { error: { code: 'SecretNotFound' } },
    })
    const failure = { code: 'credential_unreadable', vaultName: credential.vaultName }
    t.strictSame(await stage.custody.proof(credential), { ok: false, failure })
    await stage.mend()
    t.ok((await stage.custody.proof(credential)).ok, credential.type)
  }
})

t.test('while the vault is away, what was loaded serves on, and what needs the vault says so', async (t) => {
  const stage = await connectVault(t)
  const { custody } = stage
  const [certificate, secret, key] = everyCredential(stage)
  if (certificate === undefined || secret === undefined || key === undefined) return t.fail('no credentials')
  for (const credential of [certificate, secret, key]) await custody.proof(credential)
  await stage.close()
  t.ok(await signs(await custody.proof(certificate)))
  const revealed = must(t, await custody.proof(secret))
  t.equal(revealed.kind === 'secret' && revealed.reveal(), 'value')
  const proof = must(t, await custody.proof(key))
  if (proof.kind !== 'signature') return t.fail('it does not sign')
  const failed = await proof.sign('PS256', Buffer.from('x'))
  t.match(failed, { failure: { code: 'key_vault_unavailable', retryAfterSeconds: 5 } })
  t.equal(must(t, await custody.proof(key)), proof, 'it is held, for the time when the vault is back')
})

t.test('rereading replaces what is held, behind the answers', async (t) => {
  const stage = await connectVault(t)
  const { custody } = stage
  for (const credential of everyCredential(stage)) {
    const before = must(t, await custody.proof(credential))
    custody.reread(credential)
    t.equal(must(t, await custody.proof(credential)), before, 'nobody waits for it')
    await until(async () => must(t, await custody.proof(credential)) !== before)
  }
})

t.test('rereading what is not held reads nothing', async (t) => {
  const stage = await connectVault(t)
  for (const credential of everyCredential(stage)) stage.custody.reread(credential)
  await stage.vault.list()
  t.strictSame(new Set(stage.arrivals.map(({ route }) => route)), new Set(['GET /secrets']))
})

t.test('however many are refused at once, one rereads', async (t) => {
  const stage = await connectVault(t)
  for (const credential of everyCredential(stage)) {
    const before = must(t, await stage.custody.proof(credential))
    const once = reads(stage, credential)
    for (let count = 0; count < 20; count += 1) stage.custody.reread(credential)
    await until(async () => must(t, await stage.custody.proof(credential)) !== before)
    t.equal(reads(stage, credential), 2 * once)
    const after = must(t, await stage.custody.proof(credential))
    stage.custody.reread(credential)
    await until(async () => must(t, await stage.custody.proof(credential)) !== after)
  }
})

t.test('a reread that fails leaves what is held, and the next one is not kept from trying', async (t) => {
  const stage = await connectVault(t)
  const { custody, described } = stage
  for (const credential of everyCredential(stage)) {
    const before = must(t, await custody.proof(credential))
    await stage.fault(away)
    const told = described.length
    custody.reread(credential)
    await until(() => described.length > told)
    t.equal(must(t, await custody.proof(credential)), before, credential.type)
    await stage.mend()
    await until(async () => {
      custody.reread(credential)
      return must(t, await custody.proof(credential)) !== before
    })
  }
  t.strictSame(stage.unexpected, [])
})

t.test('what the reread finds to be something else does not take the place of what is held', async (t) => {
  const stage = await connectVault(t)
  const credential = certificateAt('certificate', putSecret(stage, 'certificate'))
  const before = must(t, await stage.custody.proof(credential))
  stage.store.secrets.update('certificate', credential.vaultVersion, { content: { value: bundleOf(other) } })
  stage.custody.reread(credential)
  await until(() => reads(stage, credential) === 2)
  await stage.vault.list()
  t.equal(must(t, await stage.custody.proof(credential)), before)
})

t.test('a reread does not bring back what was forgotten meanwhile', async (t) => {
  const stage = await connectVault(t)
  const { custody } = stage
  const credential = certificateAt('certificate', putSecret(stage, 'certificate'))
  await custody.proof(credential)
  custody.reread(credential)
  custody.forget(credential)
  await until(() => reads(stage, credential) === 2)
  await stage.vault.list()
  stage.store.secrets.update('certificate', credential.vaultVersion, { content: { value: 'gone' } })
  t.equal(codeOf(await custody.proof(credential)), 'credential_unreadable')
})

t.test('a proof that is of no use any more does not take its successor with it', async (t) => {
  const stage = await connectVault(t)
  const { custody, store } = stage
  const credential = keyAt('key', putKey(stage, 'key'))
  const before = must(t, await custody.proof(credential))
  custody.reread(credential)
  await until(async () => must(t, await custody.proof(credential)) !== before)
  const after = must(t, await custody.proof(credential))
  store.keys.update('key', credential.vaultVersion, { attributes: { enabled: false } })
  if (before.kind !== 'signature') return t.fail('it does not sign')
  t.equal(codeOf(await before.sign('PS256', Buffer.from('x'))), 'credential_unreadable')
  t.equal(must(t, await custody.proof(credential)), after)
})

t.test('a probe says whether the vault could serve, and disturbs nothing', async (t) => {
  const stage = await connectVault(t)
  const { custody, store } = stage
  for (const credential of everyCredential(stage)) {
    t.strictSame(await custody.probe(credential), { ok: true, value: undefined })
    const once = reads(stage, credential)
    const before = must(t, await custody.proof(credential))
    t.ok(reads(stage, credential) > once, 'what a probe reads is not held')
    await custody.probe(credential)
    await stage.fault(away)
    t.equal(codeOf(await custody.probe(credential)), 'key_vault_denied')
    await stage.mend()
    t.equal(must(t, await custody.proof(credential)), before, credential.type)
  }
  t.equal(store.secrets.get('certificate').version.content.value, pem)
})
