import type {
  CertificateSource,
  ClientSecretCredential,
  KeyCredential,
  PublicCertificate,
} from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type {
  CertificateBundle,
  CertificateOrder,
  Certificates,
  CredentialVault,
  NewVaultSecret,
  VaultReference,
  VaultSecret,
} from './credential-ports.ts'
import type { Clock } from './ports.ts'

export interface PreparationOptions {
  readonly certificates: Certificates
  readonly vault: CredentialVault
  readonly clock: Clock
}

interface Named {
  readonly name: string
  /** The latest where not given. */
  readonly version?: string
}

/** A credential as an operator brings it. */
export type NewCredential =
  | ({ readonly type: 'certificate'; readonly source: 'generated' } & CertificateOrder)
  | {
      readonly type: 'certificate'
      readonly source: 'pem'
      readonly certificate: string
      readonly privateKey: string
      readonly password?: string
    }
  | {
      readonly type: 'certificate'
      readonly source: 'pkcs12'
      readonly pkcs12: string
      readonly password?: string
    }
  | ({ readonly type: 'certificate'; readonly source: 'key_vault' } & Named)
  | ({ readonly type: 'key'; readonly certificate: string } & Named)
  | { readonly type: 'client_secret'; readonly value: string; readonly expiresAt: string }

/** What a credential is, apart from where it is kept and in which state. */
export type CredentialIdentity =
  | ({ readonly type: 'certificate'; readonly source: CertificateSource } & PublicCertificate)
  | (Pick<KeyCredential, 'type' | 'source'> & PublicCertificate)
  | Pick<ClientSecretCredential, 'type' | 'source' | 'expiresAt'>

/** A credential that was checked: it is in the vault already, or is to be put there. */
export interface PreparedCredential {
  readonly identity: CredentialIdentity
  readonly place:
    | { readonly kind: 'existing'; readonly reference: VaultReference }
    | ({ readonly kind: 'new' } & Pick<NewVaultSecret, 'value' | 'contentType'>)
}

type Prepared = Result<PreparedCredential, Failure>

/** Checks a credential before anything of it is kept. */
export async function prepareCredential(
  options: PreparationOptions,
  input: NewCredential,
): Promise<Prepared> {
  switch (input.type) {
    case 'certificate':
      return input.source === 'key_vault'
        ? prepareNamedSecret(options, input)
        : prepareCertificate(options.certificates, input)
    case 'key':
      return prepareKey(options, input)
    case 'client_secret':
      return prepareClientSecret(options.clock, input)
  }
}

/** A version of a secret that somebody else keeps in the vault: pinned, and never copied. */
export async function prepareVaultSecret(certificates: Certificates, secret: VaultSecret): Promise<Prepared> {
  const { name, version, value, contentType } = secret
  const bundle = await certificates.read({ form: 'secret', value, contentType })
  if (!bundle.ok) return bundle
  const identity = { type: 'certificate', source: 'key_vault', ...publicPart(bundle.value) } as const
  return ok({ identity, place: { kind: 'existing', reference: { name, version } } })
}

async function prepareCertificate(
  certificates: Certificates,
  input: Extract<NewCredential, { source: 'generated' | 'pem' | 'pkcs12' }>,
): Promise<Prepared> {
  const { source } = input
  const bundle =
    source === 'generated'
      ? ok(await certificates.generate(input))
      : await certificates.read(source === 'pem' ? { form: 'pem', ...input } : { form: 'pkcs12', ...input })
  if (!bundle.ok) return bundle
  return ok({
    identity: { type: 'certificate', source, ...publicPart(bundle.value) },
    place: {
      kind: 'new',
      value: `${bundle.value.privateKeyPem}${bundle.value.certificatePem}`,
      contentType: 'application/x-pem-file',
    },
  })
}

async function prepareNamedSecret({ vault, certificates }: PreparationOptions, { name, version }: Named) {
  const secret = await vault.read(name, version)
  return secret.ok
    ? prepareVaultSecret(certificates, secret.value)
    : fail(explainMissing(secret.failure, 'secret'))
}

async function prepareKey(
  { vault, certificates }: PreparationOptions,
  { name, version, certificate: pem }: Extract<NewCredential, { type: 'key' }>,
): Promise<Prepared> {
  const certificate = await certificates.readPublic(pem)
  if (!certificate.ok) return certificate
  const named = { name, ...(version === undefined ? {} : { version }) }
  const reference = await vault.findKey({ ...named, certificate: certificate.value })
  if (!reference.ok) return fail(explainMissing(reference.failure, 'key'))
  const identity = { type: 'key', source: 'key_vault', ...certificate.value } as const
  return ok({ identity, place: { kind: 'existing', reference: reference.value } })
}

function prepareClientSecret(
  clock: Clock,
  { value, expiresAt }: Extract<NewCredential, { type: 'client_secret' }>,
): Prepared {
  const expiry = new Date(expiresAt)
  if (expiry.getTime() <= clock.now()) {
    const detail = 'This is past; make a new secret in Entra.'
    return fail({ code: 'invalid_request', faults: [{ pointer: '/expires_at', detail }] })
  }
  return ok({
    identity: { type: 'client_secret', source: 'value', expiresAt: expiry.toISOString() },
    place: { kind: 'new', value, contentType: 'text/plain' },
  })
}

function publicPart({ privateKeyPem: _, ...certificate }: CertificateBundle): PublicCertificate {
  return certificate
}

/** Whoever names an object of the vault that is not there has made a mistake that only they can mend. */
function explainMissing(failure: Failure, noun: string): Failure {
  if (failure.code !== 'credential_unreadable') return failure
  return {
    code: 'certificate_refused',
    detail: `Key Vault has no ${noun} "${failure.vaultName}" of this version that can be used.`,
    hint: 'Look at it in Key Vault: it may be disabled, deleted, expired, not for signing, or in another vault.',
  }
}
