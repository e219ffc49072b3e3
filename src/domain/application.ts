import type { CloudName } from './cloud.ts'
import type { Credential } from './credential.ts'
import type { Permission } from './permission.ts'

export const signingAlgorithms = ['PS256', 'RS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

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
