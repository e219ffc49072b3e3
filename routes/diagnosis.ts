import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import {
  type ApplicationDiagnosis,
  diagnoseTenant,
  type TenantDiagnosis,
  type TenantDiagnosisOptions,
} from '../src/broker/diagnose-tenant.ts'
import { type DiagnosedFailure, statusesUpTo, stepOf } from '../src/broker/diagnosis-steps.ts'
import type { Credential } from '../src/domain/credential.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { faultOf, unwrap } from '../src/http/problems.ts'
import { Closed, Slug, success } from '../src/schemas/common.ts'
import { TenantDiagnosisResponse } from '../src/schemas/diagnosis.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface DiagnosisOptions {
  readonly diagnosis: TenantDiagnosisOptions
  readonly redirectUri: string
}

const schema = {
  operationId: 'diagnoseTenant',
  tags: ['Tenants'],
  summary: 'Find what keeps a tenant from its tokens',
  description:
    'For each application, from Key Vault to the roles of a new token: the first step that fails, and what to do. ' +
    'What it learns counts: a consent that was given elsewhere shows from then on, and failures that were remembered ' +
    'are forgotten. No token is shown, and none comes from the cache. A disabled tenant can be diagnosed too.',
  params: Closed({ id: Slug }),
  response: {
    200: success(TenantDiagnosisResponse, 'What was found, also where nothing is well.'),
    ...problemReplies,
  },
}

export const diagnosis: FastifyPluginCallbackTypebox<DiagnosisOptions> = (app, options, done) => {
  app.post(
    '/tenants/:id/diagnosis',
    { schema, onRequest: requireRole('operator') },
    async (request, reply) => {
      const found = unwrap(await diagnoseTenant(options.diagnosis, request.params.id))
      reply.header('cache-control', 'no-store')
      return toReply(found, options.redirectUri)
    },
  )
  done()
}

function toReply({ tenant, applications }: TenantDiagnosis, redirectUri: string): TenantDiagnosisResponse {
  return {
    tenant: tenant.id,
    directory_id: tenant.directoryId,
    enabled: tenant.enabled,
    healthy: applications.every(({ failure }) => failure === undefined),
    applications: applications.map((one) => toApplication(one, redirectUri)),
  }
}

function toApplication(
  { application, credential, failure, other, consentUrl }: ApplicationDiagnosis,
  redirectUri: string,
): TenantDiagnosisResponse['applications'][number] {
  const broken = failure === undefined ? undefined : stepOf(failure)
  const isConsent = broken === 'application' || failure?.code === 'consent_missing'
  return {
    application: application.id,
    healthy: broken === undefined,
    ...(broken !== undefined && { broken_step: broken }),
    ...(failure !== undefined && { failure: toFailure(failure) }),
    steps: statusesUpTo(broken).map(([step, status]) => ({ step, status })),
    ...(credential !== undefined && { credential: toCredential(credential) }),
    ...(other !== undefined && {
      other_credential: { id: other.credential.id, accepted: other.accepted },
    }),
    admin_consent_url: consentUrl,
    ...(isConsent && { redirect_uri: redirectUri }),
  }
}

function toCredential(credential: Credential) {
  return {
    id: credential.id,
    ...(credential.type !== 'client_secret' && { not_before: credential.notBefore }),
    expires_at: credential.expiresAt,
  }
}

/** Picked one by one: a member of a failure that is not named here never leaves the broker. */
function toFailure(failure: DiagnosedFailure) {
  return {
    ...faultOf(failure),
    ...('aadsts' in failure && failure.aadsts !== undefined && { aadsts: [...failure.aadsts] }),
    ...('traceId' in failure && failure.traceId !== undefined && { trace_id: failure.traceId }),
    ...('correlationId' in failure &&
      failure.correlationId !== undefined && { correlation_id: failure.correlationId }),
    ...('expectedThumbprint' in failure &&
      failure.expectedThumbprint !== undefined && { expected_thumbprint: failure.expectedThumbprint }),
    ...('permissions' in failure && { missing_permissions: [...failure.permissions] }),
    ...('retryAfterSeconds' in failure && { retry_after_seconds: failure.retryAfterSeconds }),
  }
}
