import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { type CredentialStateOptions, changeCredentialState } from '../src/broker/change-credential-state.ts'
import {
  type CredentialOptions,
  createCredential,
  type NewCredential,
} from '../src/broker/create-credential.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { credentialReply } from '../src/http/credential-response.ts'
import { requireRevision, setEntityTag } from '../src/http/entity-tag.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf } from '../src/http/write.ts'
import {
  CredentialList,
  CredentialListing,
  CredentialPatch,
  CredentialQuery,
  CredentialRequest,
  CredentialResponse,
} from '../src/schemas/applications.ts'
import { Closed, IfMatchHeader, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { problemReplies } from '../src/schemas/problem.ts'

export interface CredentialsOptions {
  readonly credentials: CredentialOptions & CredentialStateOptions
  readonly pager: Pager
}

/** Bytes: a certificate chain and its key as PEM. */
const bodyLimit = 65_536
const tags = ['Applications']
const Of = Closed({ id: Slug })
const One = Closed({ id: Slug, credential: Slug })

const create = {
  operationId: 'createCredential',
  tags,
  summary: 'Add a credential',
  description:
    'Keeps a certificate and its key in Key Vault, as `pending`. Upload the `certificate` of the reply to the app ' +
    'registration in Entra, then activate the credential.',
  params: Of,
  body: ref(CredentialRequest),
  response: { 201: success(CredentialResponse, 'The credential.'), ...problemReplies },
}

const list = {
  operationId: 'listCredentials',
  tags,
  summary: 'List the credentials of an application',
  params: Of,
  querystring: PageQuery,
  response: { 200: success(CredentialList, 'A page of credentials, by id.'), ...problemReplies },
}

const listAll = {
  operationId: 'listAllCredentials',
  tags,
  summary: 'List the credentials of all applications',
  description: 'With `expires_before`, what has to be rotated by then.',
  querystring: CredentialQuery,
  response: {
    200: success(CredentialListing, 'A page of credentials, by application and id.'),
    ...problemReplies,
  },
}

const read = {
  operationId: 'getCredential',
  tags,
  summary: 'Read a credential',
  params: One,
  response: { 200: success(CredentialResponse, 'The credential.'), ...problemReplies },
}

const patch = {
  operationId: 'changeCredential',
  tags,
  summary: 'Activate or retire a credential',
  description: 'Activation first gets a trial token in the directory of one of the application’s tenants.',
  params: One,
  headers: IfMatchHeader,
  body: ref(CredentialPatch),
  response: { 200: success(CredentialResponse, 'The credential.'), ...problemReplies },
}

export const credentials: FastifyPluginCallbackTypebox<CredentialsOptions> = (app, options, done) => {
  const { credentials: use, pager } = options
  const operator = requireRole('operator')
  const reader = requireRole('operator', 'auditor')

  async function findApplication(id: string) {
    const application = unwrap(await use.registry.current()).application(id)
    if (application === undefined) throw new FailureError({ code: 'not_found', kind: 'application', id })
    return application
  }

  app.post(
    '/applications/:id/credentials',
    { schema: create, onRequest: operator, bodyLimit },
    async (request, reply) => {
      const { id } = request.params
      const actor = actorOf(request)
      const stored = unwrap(await createCredential(use, actor, id, toInput(request.body, id)))
      reply.code(201).header('location', `/applications/${id}/credentials/${stored.credential.id}`)
      setEntityTag(reply, stored.application)
      return credentialReply(stored.credential)
    },
  )

  app.get('/credentials', { schema: listAll, onRequest: reader }, async (request, reply) => {
    const { expires_before: limit } = request.query
    const before = limit === undefined ? undefined : new Date(limit).toISOString()
    const all = unwrap(await use.registry.current())
      .applications()
      .flatMap(({ id: application, credentials: own }) =>
        own.map((credential) => ({ id: `${application}/${credential.id}`, application, credential })),
      )
      .filter(({ credential }) => before === undefined || credential.expiresAt < before)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const { items, ...next } = pager.page(all, request, '/credentials', reply)
    return {
      items: items.map(({ application, credential }) => ({
        application,
        credential: credentialReply(credential),
      })),
      ...next,
    }
  })

  app.get('/applications/:id/credentials', { schema: list, onRequest: reader }, async (request, reply) => {
    const application = await findApplication(request.params.id)
    const sorted = application.credentials.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const path = `/applications/${application.id}/credentials`
    const { items, ...next } = pager.page(sorted, request, path, reply)
    return { items: items.map(credentialReply), ...next }
  })

  app.get(
    '/applications/:id/credentials/:credential',
    { schema: read, onRequest: reader },
    async (request, reply) => {
      const application = await findApplication(request.params.id)
      const id = request.params.credential
      const credential = application.credentials.find((candidate) => candidate.id === id)
      if (credential === undefined) throw new FailureError({ code: 'not_found', kind: 'credential', id })
      setEntityTag(reply, application)
      return credentialReply(credential)
    },
  )

  app.patch(
    '/applications/:id/credentials/:credential',
    { schema: patch, onRequest: operator },
    async (request, reply) => {
      const reference = { application: request.params.id, credential: request.params.credential }
      const { state, verify = true } = request.body
      const actor = actorOf(request)
      const change = { state, verify, ifRevision: requireRevision(request) }
      const changed = unwrap(await changeCredentialState(use, actor, reference, change))
      setEntityTag(reply, changed.application)
      return credentialReply(changed.credential)
    },
  )
  done()
}

const defaultKeySize = 3072
const defaultValidityDays = 365

function toInput(body: CredentialRequest, applicationId: string): NewCredential {
  if (body.source === 'pem')
    return { source: 'pem', certificate: body.certificate, privateKey: body.private_key }
  return {
    source: 'generated',
    keySize: body.key_size ?? defaultKeySize,
    subject: body.subject ?? `CN=${applicationId}`,
    validityDays: body.validity_days ?? defaultValidityDays,
  }
}
