import type { CloudName } from './cloud.ts'
import type { Permission } from './permission.ts'

export const signingAlgorithms = ['PS256', 'RS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

export const credentialStates = ['pending', 'active', 'retired'] as const
export type CredentialState = (typeof credentialStates)[number]

/** An Entra app registration that the broker can act as. */
export interface Application {
  readonly uid: string
  readonly id: string
  readonly clientId: string
  readonly cloud: CloudName
  readonly displayName: string
  readonly supportUrl?: string
  readonly returnUrl?: string
  readonly permissions: readonly Permission[]
  readonly signingAlg: SigningAlgorithm
  readonly credentials: readonly Credential[]
  /** Raised when cached tokens of this application must never be served again. */
  readonly epoch: number
  readonly revision: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** What proves an application to Entra. The private part stands in Key Vault, at exactly this name and version. */
export interface Credential {
  readonly uid: string
  readonly id: string
  readonly type: 'certificate'
  readonly source: 'generated' | 'pem'
  readonly state: CredentialState
  /** Upper-case hex, as Entra's portal shows it. */
  readonly thumbprintSha1: string
  /** base64url, as `x5t#S256` (RFC 7515 §4.1.8) carries it. */
  readonly thumbprintSha256: string
  /** The certificate, and its chain where there is one. Public. */
  readonly certificatePem: string
  readonly notBefore: string
  readonly expiresAt: string
  readonly vaultName: string
  readonly vaultVersion: string
  /** When it became active; the newest active credential signs. */
  readonly activatedAt?: string
  readonly createdAt: string
  readonly updatedAt: string
}

/** Two may be active at a time, so that a rotation has an overlap and never a gap. */
export const maximumActiveCredentials = 2

/** The active credentials, the one that signs first. */
export function signingCredentials(application: Application): readonly Credential[] {
  return application.credentials
    .filter((credential) => credential.state === 'active')
    .sort((a, b) => (b.activatedAt ?? '').localeCompare(a.activatedAt ?? ''))
}
