export const credentialStates = ['pending', 'active', 'retired'] as const
export type CredentialState = (typeof credentialStates)[number]

export const certificateSources = ['generated', 'pem', 'pkcs12', 'key_vault'] as const
export type CertificateSource = (typeof certificateSources)[number]

/** A certificate, and its chain where there is one: all of it public. */
export interface PublicCertificate {
  readonly certificatePem: string
  /** Upper-case hex, as Entra's portal shows it. */
  readonly thumbprintSha1: string
  /** base64url, as `x5t#S256` (RFC 7515 §4.1.8) carries it. */
  readonly thumbprintSha256: string
  readonly notBefore: string
  readonly expiresAt: string
}

/** Where the private part stands in Key Vault: exactly this version, whatever comes after it. */
interface Kept {
  readonly uid: string
  readonly id: string
  readonly state: CredentialState
  readonly expiresAt: string
  readonly vaultName: string
  readonly vaultVersion: string
  /** When it became active; the newest active credential signs. */
  readonly activatedAt?: string
  /** Whether it was retired because somebody else may have it. */
  readonly compromised: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

/** A certificate whose key is a Key Vault secret, read by the broker to sign with. */
export interface CertificateCredential extends Kept, PublicCertificate {
  readonly type: 'certificate'
  readonly source: CertificateSource
}

/** A certificate whose key is a Key Vault key, which signs inside the vault and never leaves it. */
export interface KeyCredential extends Kept, PublicCertificate {
  readonly type: 'key'
  readonly source: 'key_vault'
}

/** A client secret (RFC 6749 §2.3.1), kept as a Key Vault secret. */
export interface ClientSecretCredential extends Kept {
  readonly type: 'client_secret'
  readonly source: 'value'
}

/** What proves an application to Entra. */
export type Credential = CertificateCredential | KeyCredential | ClientSecretCredential

/** Two may be active at a time, so that a rotation has an overlap and never a gap. */
export const maximumActiveCredentials = 2

/** The active credentials, the one that signs first. */
export function signingCredentials(credentials: readonly Credential[]): readonly Credential[] {
  return credentials
    .filter((credential) => credential.state === 'active')
    .sort((a, b) => (b.activatedAt ?? '').localeCompare(a.activatedAt ?? ''))
}

/** Whether the broker put it into the vault itself, so that it may also delete it there. */
export function isBrokerMade(credential: Credential): boolean {
  return credential.source !== 'key_vault'
}
