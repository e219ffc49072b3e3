import type { Application } from '../domain/application.ts'
import { type Credential, signingCredentials } from '../domain/credential.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import { declaredResources } from './consent-finding.ts'
import type { DiagnosedFailure } from './diagnosis-steps.ts'
import { forgetFailures, type LearnOptions, learn } from './learn.ts'
import type { Registry } from './registry.ts'
import { failAll, type Patient, type Trial, type TrialOptions, tryCredential } from './try-credential.ts'

export interface TenantDiagnosisOptions extends TrialOptions, LearnOptions {
  readonly registry: Registry
}

export interface ApplicationDiagnosis {
  readonly application: Application
  readonly consentUrl: string
  /** The one that signs; absent where none is active. */
  readonly credential?: Credential
  /** What the first broken step failed of; absent where all is well. */
  readonly failure?: DiagnosedFailure
  /** The other active credential, where it was tried because of the first one. */
  readonly other?: { readonly credential: Credential; readonly accepted: boolean }
}

export interface TenantDiagnosis {
  readonly tenant: Tenant
  readonly applications: readonly ApplicationDiagnosis[]
}

/**
 * Tries every application of a tenant, from the vault to the roles, past all caches. What it learns is recorded as a
 * mint for a caller would be, so a consent that was given elsewhere counts from then on. No token leaves it.
 */
export async function diagnoseTenant(
  options: TenantDiagnosisOptions,
  id: string,
): Promise<Result<TenantDiagnosis, Failure>> {
  const current = await options.registry.current()
  if (!current.ok) return current
  const tenant = current.value.tenant(id)
  if (tenant === undefined) return fail({ code: 'not_found', kind: 'tenant', id })
  const applications = tenant.applications
    .map((slug) => current.value.application(slug))
    .filter((application) => application !== undefined)
  const diagnoses = applications.map((application) => diagnoseApplication(options, tenant, application))
  return ok({ tenant, applications: await Promise.all(diagnoses) })
}

async function diagnoseApplication(
  options: TenantDiagnosisOptions,
  tenant: Tenant,
  application: Application,
): Promise<ApplicationDiagnosis> {
  const patient: Patient = {
    tenant,
    application,
    consentUrl: options.consentUrl(tenant, application),
    resources: declaredResources(application),
  }
  const { learned, ...diagnosis } = await examine(options, patient)
  await learn(options, patient, learned)
  forgetFailures(options, patient)
  return { application, consentUrl: patient.consentUrl, ...diagnosis }
}

type Finding = Pick<ApplicationDiagnosis, 'credential' | 'failure' | 'other'> & Pick<Trial, 'learned'>

/** Tries the credentials as a mint does: the other one too, where the first one is at fault, and then it counts. */
async function examine(options: TrialOptions, patient: Patient): Promise<Finding> {
  const [first, second] = signingCredentials(patient.application.credentials)
  if (first === undefined) {
    const failure = { code: 'credential_missing', application: patient.application.id } as const
    return { failure, learned: failAll(patient, failure) }
  }
  const { failure, learned, concernsCredential } = await tryCredential(options, patient, first)
  const finding: Finding = { credential: first, learned, ...(failure !== undefined && { failure }) }
  if (second === undefined || !concernsCredential) return finding
  const other = await tryCredential(options, patient, second)
  const accepted = other.learned.some(([, result]) => result.ok)
  return {
    ...finding,
    learned: other.concernsCredential ? learned : other.learned,
    other: { credential: second, accepted },
  }
}
