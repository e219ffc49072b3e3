import type { Certificates, CredentialVault, KeyCustody, Proof } from '../../broker/credential-ports.ts'
import type {
  CertificateCredential,
  ClientSecretCredential,
  Credential,
  KeyCredential,
} from '../../domain/credential.ts'
import type { MintFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { KeyVaultOptions } from './connection.ts'
import { createSigner } from './signer.ts'
import { openSigningKey } from './signing-key.ts'

export interface KeyCustodyOptions {
  readonly connection: KeyVaultOptions
  readonly vault: Pick<CredentialVault, 'read'>
  readonly certificates: Pick<Certificates, 'read'>
  /** Told of faults of the broker's own in reads that nobody waits for. */
  readonly onError: (error: unknown) => void
}

type Loaded = Result<Proof, MintFailure>

/** What was read from Azure Key Vault is held parsed, so a vault that is away stops no loaded credential. */
export function createKeyCustody(options: KeyCustodyOptions): KeyCustody {
  const { connection, vault, certificates, onError } = options
  const held = new Map<string, Promise<Loaded>>()
  const rereading = new Set<string>()

  /** `letGo` is called where what was loaded turns out to be of no use any more. */
  function load(credential: Credential, letGo: () => void): Promise<Loaded> {
    switch (credential.type) {
      case 'certificate':
        return loadCertificate(credential)
      case 'key':
        return loadKey(credential, letGo)
      case 'client_secret':
        return loadSecret(credential)
    }
  }

  async function loadCertificate(credential: CertificateCredential): Promise<Loaded> {
    const pem = await readPem(credential)
    if (!pem.ok) return pem
    const proof = createSigner(pem.value, credential)
    return proof === undefined ? fail(unreadable(credential)) : ok(proof)
  }

  /** What the broker wrote is PEM; what others put into the vault may be PKCS#12, which is not read in this thread. */
  async function readPem(credential: CertificateCredential): Promise<Result<string, MintFailure>> {
    const secret = await vault.read(credential.vaultName, credential.vaultVersion)
    if (!secret.ok) return secret
    const { value, contentType } = secret.value
    if (credential.source !== 'key_vault') return ok(value)
    const bundle = await certificates.read({ form: 'secret', value, contentType })
    if (!bundle.ok) return fail(unreadable(credential))
    return ok(`${bundle.value.privateKeyPem}${bundle.value.certificatePem}`)
  }

  async function loadSecret(credential: ClientSecretCredential): Promise<Loaded> {
    const secret = await vault.read(credential.vaultName, credential.vaultVersion)
    if (!secret.ok) return secret
    const { value } = secret.value
    return value === '' ? fail(unreadable(credential)) : ok({ kind: 'secret', reveal: () => value })
  }

  async function loadKey(credential: KeyCredential, letGo: () => void): Promise<Loaded> {
    const { vaultName: name, vaultVersion: version } = credential
    const opened = await openSigningKey(connection, { name, version }, credential)
    if (!opened.ok) {
      const { failure } = opened
      return fail(failure.code === 'certificate_refused' ? unreadable(credential) : failure)
    }
    const { sign } = opened.value
    return ok({
      kind: 'signature',
      remote: true,
      async sign(alg, data) {
        const signed = await sign(alg, data)
        // Whether the key may be used is remembered by the SDK; opened again, it is looked up again.
        if (!signed.ok && signed.failure.code !== 'key_vault_unavailable') letGo()
        return signed
      },
    })
  }

  /** Another one may have taken its place already. */
  function drop({ uid }: Credential, loading: Promise<Loaded>): void {
    if (held.get(uid) === loading) held.delete(uid)
  }

  function start(credential: Credential): Promise<Loaded> {
    const loading: Promise<Loaded> = load(credential, () => drop(credential, loading))
    return loading
  }

  return {
    /** The pending promise is the entry itself, so concurrent first calls share one read; a failure is not held. */
    proof(credential) {
      const known = held.get(credential.uid)
      if (known !== undefined) return known
      const loading = start(credential)
      held.set(credential.uid, loading)
      loading.then(
        (loaded) => {
          if (!loaded.ok) drop(credential, loading)
        },
        () => drop(credential, loading),
      )
      return loading
    },

    /** One read at a time, however many tenants are refused at once. A `forget` in between is not undone. */
    reread(credential) {
      const { uid } = credential
      const before = held.get(uid)
      if (before === undefined || rereading.has(uid)) return
      rereading.add(uid)
      const loading = start(credential)
      loading
        .then((loaded) => {
          if (loaded.ok && held.get(uid) === before) held.set(uid, loading)
        }, onError)
        .finally(() => rereading.delete(uid))
    },

    async probe(credential) {
      const loaded = await load(credential, () => undefined)
      return loaded.ok ? ok(undefined) : loaded
    },

    forget: ({ uid }) => void held.delete(uid),
  }
}

function unreadable({ vaultName }: Credential): MintFailure {
  return { code: 'credential_unreadable', vaultName }
}
