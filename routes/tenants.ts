import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { type Consent, consentsOf } from '../src/broker/consents.ts'
import { tenantDocument } from '../src/broker/documents.ts'
import { forgetTokens } from '../src/broker/forget-tokens.ts'
import { removeTenant } from '../src/broker/put-tenant.ts'
import { registerTenant, type TenantRegistration } from '../src/broker/register-tenant.ts'
import type { RegistrySnapshot } from '../src/broker/registry-snapshot.ts'
import type { Application } from '../src/domain/application.ts'
import type { Tenant } from '../src/domain/tenant.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { requireRevision, setEntityTag } from '../src/http/entity-tag.ts'
import { patched } from '../src/http/merge-patch.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf, announce, preconditionOf, withPathId } from '../src/http/write.ts'
import { Closed, IfMatchHeader, MergePatch, ref, Slug, success } from '../src/schemas/common.ts'
import { nothing, problemReplies } from '../src/schemas/problem.ts'
import {
  TenantList,
  TenantQuery,
  TenantReplacement,
  TenantRequest,
  TenantResponse,
} from '../src/schemas/tenants.ts'

export interface TenantsOptions extends TenantRegistration {
  readonly pager: Pager
  readonly consentUrl: (tenant: Tenant, application: Application) => string
}

const tags = ['Tenants']
const params = Closed({ id: Slug })
const one = success(TenantResponse, 'The tenant.')

const create = {
  operationId: 'createTenant',
  tags,
  summary: "Register a customer's directory",
  description:
    'Name the directory by its GUID, `directory_id`, or by a `domain` that it has verified. Then send the ' +
    "`admin_consent_url` of each application to the customer's administrator.",
  body: ref(TenantRequest),
  response: { 201: one, ...problemReplies },
}

const list = {
  operationId: 'listTenants',
  tags,
  summary: 'List tenants',
  querystring: TenantQuery,
  response: { 200: success(TenantList, 'A page of tenants, by id.'), ...problemReplies },
}

const read = {
  operationId: 'getTenant',
  tags,
  summary: 'Read a tenant',
  params,
  response: { 200: one, ...problemReplies },
}

const put = {
  operationId: 'putTenant',
  tags,
  summary: 'Create or replace a tenant',
  description:
    'The same body twice changes nothing: 200, and the same ETag. The directory, named by `directory_id` or by ' +
    '`domain`, and `cloud` never change.',
  params,
  headers: IfMatchHeader,
  body: ref(TenantReplacement),
  response: { 200: one, 201: one, ...problemReplies },
}

const patch = {
  operationId: 'patchTenant',
  tags,
  summary: 'Change a tenant',
  description: 'Disabling a tenant forgets its cached tokens and voids its consent links, on all replicas.',
  params,
  headers: IfMatchHeader,
  consumes: ['application/merge-patch+json', 'application/json'],
  body: MergePatch('Tenant', { enabled: false }),
  response: { 200: one, ...problemReplies },
}

const remove = {
  operationId: 'deleteTenant',
  tags,
  summary: 'Remove a tenant',
  description: 'Refused while a grant names it by id. Tokens that were handed out live until they expire.',
  params,
  headers: IfMatchHeader,
  response: { 204: nothing, ...problemReplies },
}

const forget = {
  operationId: 'forgetTokens',
  tags,
  summary: "Forget a tenant's tokens",
  description:
    'No token that is cached of it is handed out again, on any replica. One that was handed out lives until it ' +
    'expires: Entra takes none back. The consent links that were sent out are void; `consents` has new ones.',
  params,
  headers: IfMatchHeader,
  response: { 204: nothing, ...problemReplies },
}

const merged = ref(TenantRequest)

export const tenants: FastifyPluginCallbackTypebox<TenantsOptions> = (app, options, done) => {
  const { registration, pager, consentUrl } = options
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  async function find(id: string) {
    const snapshot = unwrap(await registry.current())
    const tenant = snapshot.tenant(id)
    if (tenant === undefined) throw new FailureError({ code: 'not_found', kind: 'tenant', id })
    return { snapshot, tenant }
  }

  const present = (tenant: Tenant) => toReply(unwrap(registry.snapshot()), tenant, consentUrl)

  app.post('/tenants', { schema: create, onRequest: operator }, async (request, reply) => {
    const written = unwrap(await registerTenant(options, actorOf(request), request.body, 'absent'))
    return present(announce(reply, '/tenants', written))
  })

  app.get('/tenants', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const matching = selectTenants(snapshot, request.query)
    const { items, ...next } = pager.page(matching, request, '/tenants', reply)
    return { items: items.map((tenant) => toReply(snapshot, tenant, consentUrl)), ...next }
  })

  app.get('/tenants/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const { snapshot, tenant } = await find(request.params.id)
    setEntityTag(reply, tenant)
    return toReply(snapshot, tenant, consentUrl)
  })

  app.put('/tenants/:id', { schema: put, onRequest: operator }, async (request, reply) => {
    const document = withPathId(request.body, request.params.id)
    const written = unwrap(await registerTenant(options, actorOf(request), document, preconditionOf(request)))
    return present(announce(reply, '/tenants', written))
  })

  app.patch('/tenants/:id', { schema: patch, onRequest: operator }, async (request, reply) => {
    const { id } = request.params
    const revision = requireRevision(request)
    const { tenant } = await find(id)
    const document = withPathId(patched(request, merged, tenantDocument(tenant)), id)
    const written = unwrap(await registerTenant(options, actorOf(request), document, { revision }))
    return present(announce(reply, '/tenants', written))
  })

  app.delete('/tenants/:id', { schema: remove, onRequest: operator }, async (request, reply) => {
    unwrap(await removeTenant(registration, actorOf(request), request.params.id, preconditionOf(request)))
    return reply.code(204).send(null)
  })

  app.delete('/tenants/:id/tokens', { schema: forget, onRequest: operator }, async (request, reply) => {
    unwrap(await forgetTokens(registration, actorOf(request), request.params.id, preconditionOf(request)))
    return reply.code(204).send(null)
  })
  done()
}

function selectTenants(snapshot: RegistrySnapshot, query: TenantQuery): readonly Tenant[] {
  const { status, failing, label, directory_id } = query
  if (directory_id !== undefined) {
    const found = snapshot.tenant(directory_id)
    return found === undefined ? [] : [found].filter((tenant) => matches(snapshot, tenant, query))
  }
  if (status === undefined && failing === undefined && label === undefined) return snapshot.tenants()
  return snapshot.tenants().filter((tenant) => matches(snapshot, tenant, query))
}

function matches(
  snapshot: RegistrySnapshot,
  tenant: Tenant,
  { status, failing, label }: TenantQuery,
): boolean {
  const [name = '', value] = label?.split('=') ?? []
  if (label !== undefined && tenant.labels[name] !== value) return false
  if (status === undefined && failing === undefined) return true
  const consents = consentsOf(snapshot, tenant)
  const isFailing = consents.some(({ lastFailure }) => lastFailure !== undefined)
  if (failing !== undefined && isFailing !== (failing === 'true')) return false
  return status === undefined || consents.some((consent) => consent.status === status)
}

function toReply(
  snapshot: RegistrySnapshot,
  tenant: Tenant,
  consentUrl: TenantsOptions['consentUrl'],
): TenantResponse {
  return {
    ...tenantDocument(tenant),
    consents: consentsOf(snapshot, tenant).map((consent) =>
      toConsent(consent, consentUrl(tenant, consent.application)),
    ),
    created_at: tenant.createdAt,
    updated_at: tenant.updatedAt,
  }
}

function toConsent({ application, status, missing, lastFailure }: Consent, consentUrl: string) {
  return {
    application: application.id,
    status,
    missing_permissions: [...missing],
    admin_consent_url: consentUrl,
    ...(lastFailure !== undefined && {
      last_failure: {
        code: lastFailure.code,
        at: lastFailure.at,
        ...(lastFailure.traceId !== undefined && { trace_id: lastFailure.traceId }),
        ...(lastFailure.correlationId !== undefined && { correlation_id: lastFailure.correlationId }),
        ...(lastFailure.aadsts !== undefined && { aadsts: [...lastFailure.aadsts] }),
      },
    }),
  }
}
