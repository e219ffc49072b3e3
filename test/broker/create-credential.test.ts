import t from 'tap'
import type { NewCredential } from '../../src/broker/prepare-credential.ts'
import { privateKeyCanary, publicPartNamed } from './bundles.ts'
import { forms, openCredentials } from './credential-stage.ts'
import { must, sha256 } from './fixture.ts'
import { changes } from './world.ts'

const at = '2026-11-20T12:00:00.000Z'

/** Of certificates that the broker puts into the vault: how they come, and by what name they are known. */
const brought = [
  [forms.generated, 'CN=mail'],
  [forms.pem, 'brought'],
  [forms.pkcs12, 'archive'],
] as const

for (const [input, name] of brought) {
  t.test(`A certificate that is ${input.source} is kept in the vault, key first, as PEM`, async (t) => {
    const { create, credentials, vault, application } = await openCredentials(t)
    const { credential } = must(await create(input))
    const publicPart = publicPartNamed(name)
    t.strictSame(vault.stored, [
      {
        name: `gtb-${credential.uid}`,
        value: `${privateKeyCanary}${publicPart.certificatePem}`,
        contentType: 'application/x-pem-file',
        expiresAt: publicPart.expiresAt,
        tags: {
          'created-by': 'graph-token-broker',
          application: application.uid,
          credential: credential.uid,
        },
      },
    ])
    t.strictSame(credentials(), [
      {
        ...publicPart,
        type: 'certificate',
        source: input.source,
        uid: credential.uid,
        id: credential.uid.slice(0, 8),
        state: 'pending',
        vaultName: `gtb-${credential.uid}`,
        vaultVersion: sha256(`gtb-${credential.uid}`).slice(0, 32),
        compromised: false,
        createdAt: at,
        updatedAt: at,
      },
    ])
    t.strictSame(credentials(), [credential])
  })
}

t.test('A client secret is kept in the vault as plain text, until Entra lets it expire', async (t) => {
  const { create, credentials, vault, application } = await openCredentials(t)
  const { credential } = must(await create(forms.secret))
  t.match(vault.stored, [
    {
      name: `gtb-${credential.uid}`,
      value: 'secret-canary',
      contentType: 'text/plain',
      expiresAt: '2027-05-20T12:00:00.000Z',
      tags: { application: application.uid, credential: credential.uid },
    },
  ])
  t.strictSame(credentials(), [
    {
      type: 'client_secret',
      source: 'value',
      uid: credential.uid,
      id: credential.uid.slice(0, 8),
      state: 'pending',
      expiresAt: '2027-05-20T12:00:00.000Z',
      vaultName: `gtb-${credential.uid}`,
      vaultVersion: sha256(`gtb-${credential.uid}`).slice(0, 32),
      compromised: false,
      createdAt: at,
      updatedAt: at,
    },
  ])
})

t.test('A certificate that is in the vault is named at the latest version and copied nowhere', async (t) => {
  const { create, credentials, vault } = await openCredentials(t)
  must(await create(forms.latest))
  t.match(credentials(), [
    {
      ...publicPartNamed(`second ${privateKeyCanary}`),
      type: 'certificate',
      source: 'key_vault',
      vaultName: 'certs-mail',
      vaultVersion: 'v2',
    },
  ])
  t.strictSame(vault.calls, ['read certs-mail'])
  t.strictSame(vault.names(), ['certs-mail'])
})

t.test('A version that somebody names stays that version, whatever is newer', async (t) => {
  const { create, credentials } = await openCredentials(t)
  must(await create(forms.pinned))
  const { thumbprintSha1 } = publicPartNamed(`first ${privateKeyCanary}`)
  t.match(credentials(), [{ vaultVersion: 'v1', thumbprintSha1 }])
})

t.test('A key stays in the vault; its certificate and its version are what is kept', async (t) => {
  for (const input of [forms.key, forms.pinnedKey]) {
    const { create, credentials, vault } = await openCredentials(t)
    must(await create(input))
    t.match(credentials(), [
      {
        ...publicPartNamed('of the key'),
        type: 'key',
        source: 'key_vault',
        vaultName: 'mail-key',
        vaultVersion: 'k1',
      },
    ])
    t.strictSame(vault.calls, ['findKey mail-key'])
  }
})

const expected: Record<keyof typeof forms, object> = {
  generated: { type: 'certificate', source: 'generated' },
  pem: { type: 'certificate', source: 'pem' },
  pkcs12: { type: 'certificate', source: 'pkcs12' },
  latest: { type: 'certificate', source: 'key_vault', key_vault: { name: 'certs-mail', version: 'v2' } },
  pinned: { type: 'certificate', source: 'key_vault', key_vault: { name: 'certs-mail', version: 'v1' } },
  key: { type: 'key', source: 'key_vault', key_vault: { name: 'mail-key', version: 'k1' } },
  pinnedKey: { type: 'key', source: 'key_vault', key_vault: { name: 'mail-key', version: 'k1' } },
  secret: { type: 'client_secret', source: 'value', expires_at: '2027-05-20T12:00:00.000Z' },
}

for (const [name, input] of Object.entries<NewCredential>(forms)) {
  t.test(`Of "${name}" nothing secret is anywhere but in the vault`, async (t) => {
    const { create, world } = await openCredentials(t)
    const created = await create(input)
    t.ok(created.ok)
    const everywhere = JSON.stringify([created, await changes(world), await world.store.changesSince(0)])
    t.notMatch(everywhere, /canary|PRIVATE KEY/)
  })

  t.test(`Who made "${name}", and what it is, is kept with it`, async (t) => {
    const { create, world } = await openCredentials(t)
    const { credential } = must(await create(input))
    const [change, ...others] = (await changes(world)).slice(1)
    t.strictSame(others, [])
    t.match(change, {
      actor: 'olga',
      request_id: 'request-1',
      action: 'credential.created',
      target: `applications/mail/credentials/${credential.id}`,
      before: null,
    })
    const { vaultName, vaultVersion } = credential
    const after = JSON.parse(change?.after ?? '')
    t.match(after, { key_vault: { name: vaultName, version: vaultVersion }, state: 'pending' })
    t.match(after, Object.entries(expected).find(([form]) => form === name)?.[1])
    const thumbprint = 'thumbprintSha1' in credential ? credential.thumbprintSha1 : undefined
    t.equal(after.thumbprint_sha1, thumbprint)
  })
}

t.test('The answer carries the revision that the application has from now on', async (t) => {
  const { create, world, application } = await openCredentials(t)
  const { application: changed } = must(await create())
  t.equal(changed.revision, world.snapshot().application('mail')?.revision, 'as its entity tag will say')
  t.ok(changed.revision > application.revision)
})
