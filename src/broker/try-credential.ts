import { covers } from '../catalogue/implications.ts'
import type { Application } from '../domain/application.ts'
import type { Credential } from '../domain/credential.ts'
import type { MintFailure } from '../domain/failure.ts'
import { formatPermission, type Permission, type Resource } from '../domain/permission.ts'
import { fail, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { AccessToken } from '../domain/token.ts'
import { targetOf } from './authorise.ts'
import type { KeyCustody } from './credential-ports.ts'
import type { DiagnosedFailure } from './diagnosis-steps.ts'
import { acquireWith, concernsCredential } from './mint.ts'
import type { Clock, TokenIssuer } from './ports.ts'

export interface TrialOptions {
  readonly custody: KeyCustody
  readonly issuer: TokenIssuer
  readonly clock: Clock
  readonly consentUrl: (tenant: Tenant, application: Application) => string
}

/** An application in a tenant. */
export interface Patient {
  readonly tenant: Tenant
  readonly application: Application
  readonly consentUrl: string
  /** Those that the application declares permissions of. */
  readonly resources: readonly Resource[]
}

type Minted = Result<AccessToken, MintFailure>

export interface Trial {
  /** Absent where all is well. */
  readonly failure?: DiagnosedFailure
  /** Whether another credential of the application may fare better. */
  readonly concernsCredential: boolean
  /** What a mint for a caller would have come to, as far as it is known. */
  readonly learned: readonly (readonly [Resource, Minted])[]
}

/** One credential from the vault to the roles of its tokens; ends at the first step that fails. */
export async function tryCredential(
  options: TrialOptions,
  patient: Patient,
  credential: Credential,
): Promise<Trial> {
  const readable = await options.custody.probe(credential)
  if (!readable.ok) {
    // A key that is held goes on working while the vault is away, so that is no failure of a mint.
    const held = await options.custody.proof(credential)
    const learned = held.ok ? [] : failAll(patient, held.failure)
    return { failure: readable.failure, concernsCredential: true, learned }
  }
  const invalid = validityFailure(credential, options.clock.now())
  if (invalid !== undefined) return { failure: invalid, concernsCredential: true, learned: [] }
  return mintAll(options, patient, credential)
}

async function mintAll(
  { custody, issuer }: TrialOptions,
  patient: Patient,
  credential: Credential,
): Promise<Trial> {
  const { tenant, application, resources } = patient
  const learned: [Resource, Minted][] = []
  for (const resource of resources) {
    const target = targetOf(tenant, application, resource)
    const { signingAlg } = application
    const result = await acquireWith({ custody, issuer }, { target, credential, signingAlg })
    learned.push([resource, result])
    if (!result.ok) {
      const { failure } = result
      return { failure, concernsCredential: concernsCredential(failure), learned }
    }
  }
  const failure = rolesFailure(patient, learned)
  return { concernsCredential: false, learned, ...(failure !== undefined && { failure }) }
}

/** By the broker's clock, which signs the assertions too. */
function validityFailure(credential: Credential, now: number): DiagnosedFailure | undefined {
  const thumbprint =
    credential.type === 'client_secret' ? {} : { expectedThumbprint: credential.thumbprintSha1 }
  if (Date.parse(credential.expiresAt) <= now)
    return { code: 'credential_expired', at: credential.expiresAt, ...thumbprint }
  if (credential.type !== 'client_secret' && Date.parse(credential.notBefore) > now)
    return { code: 'credential_not_yet_valid', at: credential.notBefore, ...thumbprint }
  return undefined
}

/** The tokens' roles against what the application declares. */
function rolesFailure(
  { tenant, application, consentUrl }: Patient,
  learned: readonly (readonly [Resource, Minted])[],
): DiagnosedFailure | undefined {
  const named = { tenant: tenant.id, application: application.id }
  const seen: Permission[] = []
  const unreadable = new Set<Resource>()
  for (const [resource, result] of learned) {
    const roles = result.ok ? result.value.roles : []
    if (roles === undefined) unreadable.add(resource)
    for (const value of roles ?? []) seen.push({ resource, value })
  }
  const missing = application.permissions.filter(
    (permission) => !unreadable.has(permission.resource) && !covers(seen, permission, 'medium'),
  )
  if (missing.length > 0) {
    const permissions = missing.map(formatPermission)
    return { code: 'consent_missing', ...named, permissions, adminConsentUrl: consentUrl }
  }
  const isUnverifiable = unreadable.size > 0 && tenant.roleCheck === 'strict'
  return isUnverifiable ? { code: 'roles_unverifiable', ...named } : undefined
}

/** The same failure for every resource. */
export function failAll({ resources }: Patient, failure: MintFailure): Trial['learned'] {
  return resources.map((resource) => [resource, fail(failure)])
}
