import type { Test } from 'tap'
import { createCredential } from '../../src/broker/create-credential.ts'
import type { NewCredential } from '../../src/broker/prepare-credential.ts'
import type { CredentialState } from '../../src/domain/credential.ts'
import { ok } from '../../src/domain/result.ts'
import { certificates, privateKeyCanary, publicPartNamed } from './bundles.ts'
import { must } from './fixture.ts'
import { scriptedVault } from './scripted-vault.ts'
import { actor, addApplication, openWorld, type World } from './world.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const password = 'password-canary'

/** Every form in which a credential is brought; what must stay in the vault says `canary`. */
export const forms = {
  generated: {
    type: 'certificate',
    source: 'generated',
    subject: 'CN=mail',
    keySize: 2048,
    validityDays: 365,
  },
  pem: { type: 'certificate', source: 'pem', certificate: 'brought', privateKey: privateKeyCanary, password },
  pkcs12: { type: 'certificate', source: 'pkcs12', pkcs12: base64('archive'), password },
  latest: { type: 'certificate', source: 'key_vault', name: 'certs-mail' },
  pinned: { type: 'certificate', source: 'key_vault', name: 'certs-mail', version: 'v1' },
  key: { type: 'key', name: 'mail-key', certificate: 'of the key' },
  pinnedKey: { type: 'key', name: 'mail-key', version: 'k1', certificate: 'of the key' },
  secret: { type: 'client_secret', value: 'secret-canary', expiresAt: '2027-05-20T12:00:00Z' },
} as const satisfies Record<string, NewCredential>

/** An application without credentials, and a vault that has a certificate in two versions and a key. */
export async function openCredentials(t: Test) {
  const world = await openWorld(t)
  const application = await addApplication(world, 'mail', ['Mail.Read'], [])
  const vault = scriptedVault()
  vault.put('certs-mail', 'v1', `first ${privateKeyCanary}`, 'application/x-pkcs12')
  vault.put('certs-mail', 'v2', `second ${privateKeyCanary}`, 'application/x-pem-file')
  vault.putKey('mail-key', 'k1', publicPartNamed('of the key').thumbprintSha256)
  const options = { ...world, certificates, vault }
  return {
    world,
    application,
    vault,
    options,
    create: (input: NewCredential = forms.generated, id = 'mail') =>
      createCredential(options, actor, id, input),
    credentials: () => world.snapshot().application('mail')?.credentials ?? [],
  }
}

/** Changes the state of a credential without a word to anybody. */
export async function setState(world: World, id: string, state: CredentialState): Promise<void> {
  must(
    await world.registry.commit(async (transaction) => {
      const application = await transaction.application('mail')
      if (application === undefined) throw new Error('there is no application mail')
      const credentials = application.credentials.map((credential) =>
        credential.id === id ? { ...credential, state } : credential,
      )
      const { revision } = transaction
      return ok(await transaction.saveApplication({ ...application, credentials, revision }))
    }),
  )
}
