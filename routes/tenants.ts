import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { consentsOf } from '../src/broker/consents.ts'
import { createTenant } from '../src/broker/create-tenant.ts'
import type { Registration } from '../src/broker/registration.ts'
import type { RegistrySnapshot } from '../src/broker/registry-snapshot.ts'
import type { Application } from '../src/domain/application.ts'
import type { Tenant } from '../src/domain/tenant.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { setEntityTag } from '../src/http/entity-tag.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { Closed, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'
import { TenantList, TenantRequest, TenantResponse } from '../src/schemas/tenants.ts'

export interface TenantsOptions {
  readonly registration: Registration
  readonly pager: Pager
  readonly consentUrl: (tenant: Tenant, application: Application) => string
}

const tags = ['Tenants']

const create = {
  operationId: 'createTenant',
  tags,
  summary: "Register a customer's directory",
  description: "Send the `admin_consent_url` of each application to the customer's administrator.",
  body: ref(TenantRequest),
  response: { 201: success(TenantResponse, 'The tenant.'), ...problemReplies },
}

const list = {
  operationId: 'listTenants',
  tags,
  summary: 'List tenants',
  querystring: PageQuery,
  response: { 200: success(TenantList, 'A page of tenants, by id.'), ...problemReplies },
}

const read = {
  operationId: 'getTenant',
  tags,
  summary: 'Read a tenant',
  params: Closed({ id: Slug }),
  response: { 200: success(TenantResponse, 'The tenant.'), ...problemReplies },
}

export const tenants: FastifyPluginCallbackTypebox<TenantsOptions> = (app, options, done) => {
  const { registration, pager, consentUrl } = options
  const { registry } = registration
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  app.post('/tenants', { schema: create, onRequest: operator }, async (request, reply) => {
    const { directory_id, display_name, role_check, cloud, labels, enabled, ...rest } = request.body
    const input = {
      ...rest,
      directoryId: directory_id,
      labels: labels ?? {},
      roleCheck: role_check ?? 'strict',
      enabled: enabled ?? true,
      ...(cloud === undefined ? {} : { cloud }),
      ...(display_name === undefined ? {} : { displayName: display_name }),
    } as const
    const actor = { caller: request.caller.id, requestId: request.id }
    const tenant = unwrap(await createTenant(registration, actor, input))
    reply.code(201).header('location', `/tenants/${tenant.id}`)
    setEntityTag(reply, tenant)
    return toReply(unwrap(registry.snapshot()), tenant, consentUrl)
  })

  app.get('/tenants', { schema: list, onRequest: reader }, async (request, reply) => {
    const snapshot = unwrap(await registry.current())
    const { items, ...next } = pager.page(snapshot.tenants(), request.query, '/tenants', reply)
    return { items: items.map((tenant) => toReply(snapshot, tenant, consentUrl)), ...next }
  })

  app.get('/tenants/:id', { schema: read, onRequest: reader }, async (request, reply) => {
    const { id } = request.params
    const snapshot = unwrap(await registry.current())
    const tenant = snapshot.tenant(id)
    if (tenant === undefined) throw new FailureError({ code: 'not_found', kind: 'tenant', id })
    setEntityTag(reply, tenant)
    return toReply(snapshot, tenant, consentUrl)
  })
  done()
}

function toReply(
  snapshot: RegistrySnapshot,
  tenant: Tenant,
  consentUrl: TenantsOptions['consentUrl'],
): TenantResponse {
  return {
    id: tenant.id,
    directory_id: tenant.directoryId,
    cloud: tenant.cloud,
    ...(tenant.displayName === undefined ? {} : { display_name: tenant.displayName }),
    labels: { ...tenant.labels },
    applications: [...tenant.applications],
    role_check: tenant.roleCheck,
    enabled: tenant.enabled,
    consents: consentsOf(snapshot, tenant).map(({ application, status, missing, lastFailure }) => ({
      application: application.id,
      status,
      missing_permissions: [...missing],
      admin_consent_url: consentUrl(tenant, application),
      ...(lastFailure === undefined ? {} : { last_failure: toFailure(lastFailure) }),
    })),
    created_at: tenant.createdAt,
    updated_at: tenant.updatedAt,
  }
}

function toFailure({
  traceId,
  correlationId,
  ...rest
}: NonNullable<ReturnType<typeof consentsOf>[number]['lastFailure']>) {
  return {
    ...rest,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  }
}
