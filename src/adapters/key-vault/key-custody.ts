import type { TokenCredential } from '@azure/identity'
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets'
import type { KeyCustody, NewVaultSecret, Signer } from '../../broker/ports.ts'
import type { Credential } from '../../domain/application.ts'
import type { CredentialFailure, MintFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { describeVaultError, explainVaultError, statusOf } from './failures.ts'
import { createSigner } from './signer.ts'
import { throttlePolicy } from './throttle-policy.ts'

/** Milliseconds for one operation, its retries included. */
const deadline = 10_000
/** The SDK truncates times to 32 bits, so a later one would come out before 1970. */
const lastTime = new Date((2 ** 31 - 1) * 1000)

/** Bytes that Key Vault takes as the value of a secret. */
const largestSecret = 25_600

export interface KeyVaultOptions {
  readonly url: string
  readonly credential: TokenCredential
  /** How the vault is reached; none in production, where the system's trust and resolver serve. */
  readonly tls?: object
  readonly onError: (description: object) => void
}

/** Private keys in Azure Key Vault. What was read is held parsed, so a vault that is away stops no loaded key. */
export function createKeyVaultCustody(options: KeyVaultOptions): KeyCustody {
  const signers = new Map<string, Promise<Result<Signer, MintFailure>>>()
  const vault = createGatedClient(options)

  async function call<T>(name: string, work: (client: SecretClient, signal: AbortSignal) => Promise<T>) {
    try {
      const client = await vault.get()
      return ok(await work(client, AbortSignal.timeout(deadline)))
    } catch (error) {
      // The SDK sends a bearer token that was refused again and again until it expires; a new client does not.
      if (statusOf(error) === 401) vault.renew()
      options.onError(describeVaultError(error))
      return fail(explainVaultError(error, name))
    }
  }

  async function load(credential: Credential): Promise<Result<Signer, MintFailure>> {
    const { vaultName, vaultVersion } = credential
    const secret = await call(vaultName, (client, abortSignal) =>
      client.getSecret(vaultName, { version: vaultVersion, abortSignal }),
    )
    if (!secret.ok) return secret
    const signer = createSigner(secret.value.value ?? '', credential)
    return signer === undefined ? fail({ code: 'credential_unreadable', vaultName }) : ok(signer)
  }

  return {
    async store(secret) {
      const size = Buffer.byteLength(secret.pem)
      if (size > largestSecret) return fail(tooLarge(size))
      const kept = await call(secret.name, (client, abortSignal) =>
        client.setSecret(secret.name, secret.pem, { ...secretOptions(secret), abortSignal }),
      )
      if (!kept.ok) return kept
      const { version } = kept.value.properties
      if (version === undefined) throw new Error('Key Vault named no version of the secret that it keeps')
      return ok({ name: secret.name, version })
    },

    /** The pending promise is the entry itself, so concurrent first calls share one read; a failure is not held. */
    signer(credential) {
      const known = signers.get(credential.uid)
      if (known !== undefined) return known
      const loading = load(credential)
      signers.set(credential.uid, loading)
      loading.then((result) => {
        if (!result.ok && signers.get(credential.uid) === loading) signers.delete(credential.uid)
      })
      return loading
    },

    reload: (credential) => void signers.delete(credential.uid),
  }
}

function tooLarge(size: number): CredentialFailure {
  return {
    code: 'certificate_refused',
    detail: `The certificates and the key are ${size} bytes; Key Vault keeps at most ${largestSecret}.`,
    hint: 'Leave out the certificates of the chain: Entra looks at the first one alone.',
  }
}

function secretOptions(secret: NewVaultSecret) {
  const expiresOn = new Date(secret.expiresAt)
  return {
    contentType: 'application/x-pem-file',
    expiresOn: expiresOn < lastTime ? expiresOn : lastTime,
    tags: { ...secret.tags, expires_at: secret.expiresAt },
  }
}

/**
 * A client behind one first call: while the SDK has not yet been challenged, parallel writes can lose their
 * bodies and send them unauthenticated. The first call carries no secret.
 */
function createGatedClient(options: KeyVaultOptions): { get(): Promise<SecretClient>; renew(): void } {
  let opened: Promise<SecretClient> | undefined

  async function open(): Promise<SecretClient> {
    const client = new SecretClient(options.url, options.credential, clientOptions(options))
    const abortSignal = AbortSignal.timeout(deadline)
    await client.listPropertiesOfSecrets({ abortSignal }).byPage({ maxPageSize: 1 }).next()
    return client
  }

  const renew = () => {
    opened = undefined
  }

  return {
    renew,
    get() {
      const opening = opened ?? open()
      opened = opening
      opening.catch(() => {
        if (opened === opening) renew()
      })
      return opening
    },
  }
}

function clientOptions({ tls }: KeyVaultOptions): SecretClientOptions {
  const retryOptions = { maxRetries: 3, retryDelayInMs: 300, maxRetryDelayInMs: 3_000 }
  const additionalPolicies = [{ policy: throttlePolicy, position: 'perRetry' as const }]
  // `tlsOptions` is understood by the pipeline and missing from the client's type.
  return {
    serviceVersion: '2025-07-01',
    retryOptions,
    additionalPolicies,
    ...(tls === undefined ? {} : { tlsOptions: tls }),
  }
}
