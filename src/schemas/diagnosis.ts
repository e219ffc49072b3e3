import Type from 'typebox'
import { diagnosisSteps, stepStatuses } from '../domain/diagnosis.ts'
import { Aadsts, Closed, PermissionName, Slug, Timestamp, Words } from './common.ts'

const Step = Words(diagnosisSteps)

const Failure = Closed({
  code: Type.String({ description: 'That of the problem.', examples: ['application_not_in_directory'] }),
  detail: Type.String(),
  hint: Type.Optional(Type.String({ description: 'What to do next.' })),
  aadsts: Type.Optional(Aadsts),
  trace_id: Type.Optional(Type.String({ description: "Entra's trace id, for Microsoft's support." })),
  correlation_id: Type.Optional(
    Type.String({ description: "Entra's correlation id, for Microsoft's support." }),
  ),
  expected_thumbprint: Type.Optional(
    Type.String({ description: "SHA-1, as Entra's portal shows it, of the certificate that signed." }),
  ),
  missing_permissions: Type.Optional(
    Type.Array(PermissionName, { description: 'Declared by the application, and not in its token.' }),
  ),
  retry_after_seconds: Type.Optional(Type.Integer({ description: 'When it may have passed.' })),
})

const Credential = Closed({
  id: Type.String({ examples: ['3f2a9c41'] }),
  not_before: Type.Optional(Timestamp),
  expires_at: Timestamp,
})

const ApplicationDiagnosis = Closed({
  application: Slug,
  healthy: Type.Boolean({ description: 'Whether all steps passed.' }),
  broken_step: Type.Optional(Step),
  failure: Type.Optional(Failure),
  steps: Type.Array(Closed({ step: Step, status: Words(stepStatuses) }), {
    description:
      'All steps, in order. `credential`: one is active. `key_vault`: it can be read. `certificate`: its dates. ' +
      '`entra`: it answers. `directory`: it is there, with the API. `application`: it is there, and enabled. ' +
      '`signature`: Entra accepts the credential. `token`: no policy is in the way. `roles`: as declared.',
  }),
  credential: Type.Optional(Credential),
  other_credential: Type.Optional(
    Closed(
      { id: Type.String(), accepted: Type.Boolean() },
      {
        description:
          'The other active one, tried because the first is at fault. Accepted, it serves meanwhile.',
      },
    ),
  ),
  admin_consent_url: Type.String({ description: "Send this to the customer's administrator." }),
  redirect_uri: Type.Optional(
    Type.String({
      description:
        'Where consent is what is missing. If the consent page shows AADSTS50011 or AADSTS500113, register this, ' +
        'under Authentication, platform Web.',
    }),
  ),
})

export const TenantDiagnosisResponse = Closed(
  {
    tenant: Slug,
    directory_id: Type.String(),
    enabled: Type.Boolean({ description: 'Nothing is handed out for a tenant that is disabled.' }),
    healthy: Type.Boolean({ description: 'Whether all steps passed for all applications.' }),
    applications: Type.Array(ApplicationDiagnosis),
  },
  {
    $id: 'TenantDiagnosis',
    description: 'The first broken step on the way to a token, for each application.',
  },
)
export type TenantDiagnosisResponse = Type.Static<typeof TenantDiagnosisResponse>
