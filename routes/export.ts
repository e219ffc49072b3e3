import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { applicationDocument, callerDocument, tenantDocument } from '../src/broker/documents.ts'
import type { Clock } from '../src/broker/ports.ts'
import type { Registry } from '../src/broker/registry.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { credentialReply } from '../src/http/credential-response.ts'
import { unwrap } from '../src/http/problems.ts'
import { success } from '../src/schemas/common.ts'
import { RegistryExport } from '../src/schemas/export.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface ExportOptions {
  readonly registry: Registry
  readonly clock: Clock
}

const schema = {
  operationId: 'exportRegistry',
  tags: ['Operations'],
  summary: 'Export the registry',
  description:
    'A backup that a person can read, and a way out. It holds no key and no secret: credentials are named by ' +
    'where they are in Key Vault, and callers need new API keys after a restore.',
  response: { 200: success(RegistryExport, 'The whole registry.'), ...problemReplies },
}

export const registryExport: FastifyPluginCallbackTypebox<ExportOptions> = (
  app,
  { registry, clock },
  done,
) => {
  app.get('/export', { schema, onRequest: requireRole('operator', 'auditor') }, async (_request, reply) => {
    const snapshot = unwrap(await registry.current())
    reply.header('cache-control', 'no-store')
    return {
      exported_at: new Date(clock.now()).toISOString(),
      applications: snapshot.applications().map(applicationDocument),
      tenants: snapshot.tenants().map(tenantDocument),
      callers: snapshot.callers().map(callerDocument),
      credentials: snapshot
        .applications()
        .flatMap(({ id, credentials }) =>
          credentials.map((credential) => ({ application: id, credential: credentialReply(credential) })),
        ),
    }
  })
  done()
}
