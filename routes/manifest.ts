import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { applicationManifest } from '../src/broker/manifest.ts'
import type { Registration } from '../src/broker/registration.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { Closed, Slug, success } from '../src/schemas/common.ts'
import { ManifestResponse } from '../src/schemas/manifest.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface ManifestOptions {
  readonly registration: Registration
  readonly redirectUri: string
}

const schema = {
  operationId: 'getApplicationManifest',
  tags: ['Applications'],
  summary: 'What to put into the app registration',
  description:
    'The redirect URI, the declared permissions by role id and the certificates, in the words of Microsoft Graph: to ' +
    'compare with the registration, or to send to it.',
  params: Closed({ id: Slug }),
  response: { 200: success(ManifestResponse, 'The manifest.'), ...problemReplies },
}

export const manifest: FastifyPluginCallbackTypebox<ManifestOptions> = (app, options, done) => {
  const { registration, redirectUri } = options
  const reader = requireRole('operator', 'auditor')
  app.get('/applications/:id/manifest', { schema, onRequest: reader }, async (request) => {
    const { id } = request.params
    const application = unwrap(await registration.registry.current()).application(id)
    if (application === undefined) throw new FailureError({ code: 'not_found', kind: 'application', id })
    return applicationManifest(application, redirectUri)
  })
  done()
}
