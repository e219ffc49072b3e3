import t, { type Test } from 'tap'
import { createCredential, type NewCredential } from '../../src/broker/create-credential.ts'
import { createRegistry } from '../../src/broker/registry.ts'
import { must } from './fixture.ts'
import { bundleNamed, certificates, memoryCustody, privateKeyCanary } from './scripted.ts'
import { actor, addApplication, changes, openWorld } from './world.ts'

const generated: NewCredential = { source: 'generated', subject: 'CN=mail', keySize: 2048, validityDays: 365 }

async function open(t: Test) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', ['Mail.Read'], [])
  const custody = memoryCustody()
  const options = { ...world, certificates, custody }
  return {
    world,
    application,
    custody,
    options,
    create: (input: NewCredential = generated, id = 'mail') => createCredential(options, actor, id, input),
    credentials: () => world.snapshot().application('mail')?.credentials ?? [],
  }
}

t.test('A generated certificate is kept in the vault and becomes a pending credential', async (t) => {
  const { create, credentials, custody, world, application } = await open(t)
  const { credential, application: changed } = must(await create())
  const { privateKeyPem: _, ...publicPart } = bundleNamed('CN=mail')
  const [secret] = custody.kept
  t.match(credential, { ...publicPart, state: 'pending', source: 'generated', vaultName: secret?.name })
  t.strictSame(credentials(), [credential])
  t.equal(changed.revision, world.snapshot().application('mail')?.revision, 'as its entity tag will say')
  t.ok(changed.revision > application.revision)
})

t.test(
  'The secret is named for the credential, tagged so that an orphan is found, and ends with it',
  async (t) => {
    const { create, custody, application } = await open(t)
    const { credential } = must(await create())
    t.strictSame(custody.kept, [
      {
        name: `gtb-${credential.uid}`,
        pem: `${privateKeyCanary}${bundleNamed('CN=mail').certificatePem}`,
        expiresAt: credential.expiresAt,
        tags: {
          'created-by': 'graph-token-broker',
          application: application.uid,
          credential: credential.uid,
        },
      },
    ])
  },
)

t.test('A certificate that somebody brings is kept just so', async (t) => {
  const { create, credentials } = await open(t)
  const { credential } = must(await create({ source: 'pem', certificate: 'brought', privateKey: 'key' }))
  t.match(credential, { source: 'pem', thumbprintSha1: bundleNamed('brought').thumbprintSha1 })
  t.equal(credentials().length, 1)
})

t.test('The private key stands in the vault and nowhere else', async (t) => {
  const { create, world } = await open(t)
  const created = await create()
  const everywhere = JSON.stringify([created, await changes(world), await world.store.changesSince(0)])
  t.notMatch(everywhere, /private-key-canary|PRIVATE KEY/)
})

t.test('Who made it is kept with it', async (t) => {
  const { create, world } = await open(t)
  const { credential } = must(await create())
  const change = (await changes(world)).at(-1)
  t.match(change, {
    actor: 'olga',
    action: 'credential.created',
    target: `applications/mail/credentials/${credential.id}`,
  })
  t.strictSame(JSON.parse(change?.after ?? ''), {
    source: 'generated',
    thumbprint_sha1: credential.thumbprintSha1,
    vault_name: credential.vaultName,
    state: 'pending',
  })
})

t.test('Without the application nothing is made', async (t) => {
  const { create, custody } = await open(t)
  const missing = { ok: false, failure: { code: 'not_found', kind: 'application', id: 'gone' } }
  t.strictSame(await create(generated, 'gone'), missing)
  t.strictSame(custody.kept, [])
})

t.test('A certificate that is refused never reaches the vault', async (t) => {
  const { create, custody, credentials } = await open(t)
  const refused = await create({ source: 'pem', certificate: 'broken', privateKey: 'key' })
  t.match(refused, { failure: { code: 'certificate_refused' } })
  t.strictSame(custody.kept, [])
  t.strictSame(credentials(), [])
})

t.test('If the vault does not take the key, there is no credential', async (t) => {
  const { create, custody, credentials, world } = await open(t)
  const before = await world.store.revision()
  custody.refuse({ code: 'key_vault_denied' })
  t.strictSame(await create(), { ok: false, failure: { code: 'key_vault_denied' } })
  t.strictSame(credentials(), [])
  t.equal(await world.store.revision(), before)
})

t.test('If the application goes while the vault takes its time, there is no credential', async (t) => {
  const { options, world, custody } = await open(t)
  const slow = {
    ...custody,
    async store(secret: Parameters<typeof custody.store>[0]) {
      const kept = await custody.store(secret)
      await world.db.deleteFrom('application_permission').execute()
      await world.db.deleteFrom('application').execute()
      return kept
    },
  }
  const refused = await createCredential({ ...options, custody: slow }, actor, 'mail', generated)
  t.match(refused, { failure: { code: 'not_found', kind: 'application', id: 'mail' } })
  t.equal(custody.kept.length, 1, 'found again by its tags')
})

t.test('While the registry is away nothing is made', async (t) => {
  const { options, world, custody } = await open(t)
  const store = { ...world.store, revision: () => Promise.reject(new Error('away')) }
  const common = { clock: world.clock, maximumStaleness: 60_000, pollInterval: 1_000 }
  const registry = createRegistry({ store, ...common, onError: () => undefined })
  const refused = await createCredential({ ...options, registry }, actor, 'mail', generated)
  t.match(refused, { failure: { code: 'registry_unavailable' } })
  t.strictSame(custody.kept, [])
})
