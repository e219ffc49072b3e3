import { type DiagnosisStep, diagnosisSteps, type StepStatus } from '../domain/diagnosis.ts'
import type { CredentialFailure, MintFailure, TenantFailure } from '../domain/failure.ts'

export type DiagnosedFailure =
  | MintFailure
  | Extract<CredentialFailure, { readonly code: 'credential_expired' | 'credential_not_yet_valid' }>
  | Extract<TenantFailure, { readonly code: 'consent_missing' | 'roles_unverifiable' }>

/** Entra looks for directory, resource and application before it looks at the signature, and at policies last. */
const steps: Readonly<Record<DiagnosedFailure['code'], DiagnosisStep>> = {
  credential_missing: 'credential',
  credential_unreadable: 'key_vault',
  key_vault_unavailable: 'key_vault',
  key_vault_denied: 'key_vault',
  credential_expired: 'certificate',
  credential_not_yet_valid: 'certificate',
  entra_unavailable: 'entra',
  entra_throttled: 'entra',
  entra_busy: 'entra',
  entra_nonsense: 'entra',
  directory_not_found: 'directory',
  wrong_cloud: 'directory',
  resource_not_found: 'directory',
  application_not_in_directory: 'application',
  application_disabled: 'application',
  credential_rejected: 'signature',
  assertion_expired: 'signature',
  policy_blocked: 'token',
  consent_missing: 'roles',
  roles_unverifiable: 'roles',
}

/** The step that this failure is one of. */
export function stepOf({ code }: DiagnosedFailure): DiagnosisStep {
  return steps[code]
}

/** How each step came out, if this one is the first that failed. */
export function statusesUpTo(
  failed: DiagnosisStep | undefined,
): readonly (readonly [DiagnosisStep, StepStatus])[] {
  const at = failed === undefined ? diagnosisSteps.length : diagnosisSteps.indexOf(failed)
  return diagnosisSteps.map((step, index) => [
    step,
    index < at ? 'passed' : index === at ? 'failed' : 'not_reached',
  ])
}
