import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import {
  type CredentialStateChange,
  type CredentialStateOptions,
  changeCredentialState,
} from '../src/broker/change-credential-state.ts'
import { type CredentialOptions, createCredential } from '../src/broker/create-credential.ts'
import { findCredential } from '../src/broker/find-credential.ts'
import type { NewCredential } from '../src/broker/prepare-credential.ts'
import { type CredentialRemovalOptions, removeCredential } from '../src/broker/remove-credential.ts'
import { requireRole } from '../src/http/authenticate.ts'
import { credentialReply } from '../src/http/credential-response.ts'
import { readRevision, requireRevision, setEntityTag } from '../src/http/entity-tag.ts'
import type { Pager } from '../src/http/pages.ts'
import { FailureError, unwrap } from '../src/http/problems.ts'
import { actorOf } from '../src/http/write.ts'
import { Closed, IfMatchHeader, PageQuery, ref, Slug, success } from '../src/schemas/common.ts'
import { CredentialPatch, CredentialRequest } from '../src/schemas/credential-requests.ts'
import {
  CredentialList,
  CredentialListing,
  CredentialQuery,
  CredentialResponse,
} from '../src/schemas/credentials.ts'
import { nothing, problemReplies } from '../src/schemas/problem.ts'

export interface CredentialsOptions {
  readonly credentials: CredentialOptions & CredentialStateOptions & CredentialRemovalOptions
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
    'Keeps in Key Vault what proves the application, or takes what is there already, as `pending`. Upload the ' +
    '`certificate` of the reply to the app registration in Entra, then activate the credential.',
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
  description:
    'Activation first gets a trial token in the directory of one of the application’s tenants. The newest active ' +
    'credential signs; a second one beside it takes over where Entra does not know the new one yet.',
  params: One,
  headers: IfMatchHeader,
  body: ref(CredentialPatch),
  response: { 200: success(CredentialResponse, 'The credential.'), ...problemReplies },
}

const remove = {
  operationId: 'deleteCredential',
  tags,
  summary: 'Remove a retired credential',
  description:
    'Also deletes from Key Vault what the broker put there; Key Vault keeps it for its retention, and the broker ' +
    'never purges. What was in the vault before stays.',
  params: One,
  headers: IfMatchHeader,
  response: { 204: nothing, ...problemReplies },
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
    const { expires_before: limit, state } = request.query
    const before = limit === undefined ? Number.POSITIVE_INFINITY : Date.parse(limit)
    const all = unwrap(await use.registry.current())
      .applications()
      .flatMap(({ id: application, credentials: own }) =>
        own.map((credential) => ({ id: `${application}/${credential.id}`, application, credential })),
      )
      .filter(({ credential }) => Date.parse(credential.expiresAt) < before)
      .filter(({ credential }) => state === undefined || credential.state === state)
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
      const reference = referenceOf(request.params)
      const snapshot = unwrap(await use.registry.current())
      const application = snapshot.application(reference.application)
      const found = unwrap(findCredential(application, reference, undefined))
      setEntityTag(reply, found.application)
      return credentialReply(found.credential)
    },
  )

  app.patch(
    '/applications/:id/credentials/:credential',
    { schema: patch, onRequest: operator },
    async (request, reply) => {
      const change = toChange(request.body, requireRevision(request))
      const reference = referenceOf(request.params)
      const changed = unwrap(await changeCredentialState(use, actorOf(request), reference, change))
      setEntityTag(reply, changed.application)
      return credentialReply(changed.credential)
    },
  )

  app.delete(
    '/applications/:id/credentials/:credential',
    { schema: remove, onRequest: operator },
    async (request, reply) => {
      const reference = referenceOf(request.params)
      unwrap(await removeCredential(use, actorOf(request), reference, readRevision(request)))
      return reply.code(204).send(null)
    },
  )
  done()
}

function referenceOf({ id, credential }: { readonly id: string; readonly credential: string }) {
  return { application: id, credential }
}

function toChange(
  { state, verify, compromised }: CredentialPatch,
  ifRevision: number,
): CredentialStateChange {
  if (state === 'retired') return { state, compromised: compromised ?? false, ifRevision }
  if (compromised !== true) return { state, verify: verify ?? true, ifRevision }
  const detail = 'Only a credential that is retired can be compromised; send `state: retired` with it.'
  throw new FailureError({ code: 'invalid_request', faults: [{ pointer: '/compromised', detail }] })
}

const defaultKeySize = 3072
const defaultValidityDays = 365

function toInput(body: CredentialRequest, applicationId: string): NewCredential {
  switch (body.type) {
    case 'client_secret':
      return { type: body.type, value: body.value, expiresAt: body.expires_at }
    case 'key':
      return body
    case 'certificate':
      return toCertificateInput(body, applicationId)
  }
}

function toCertificateInput(
  body: Extract<CredentialRequest, { type: 'certificate' }>,
  applicationId: string,
): NewCredential {
  switch (body.source) {
    case 'pem': {
      const { private_key: privateKey, ...rest } = body
      return { ...rest, privateKey }
    }
    case 'generated':
      return {
        type: body.type,
        source: body.source,
        keySize: body.key_size ?? defaultKeySize,
        subject: body.subject ?? `CN=${applicationId}`,
        validityDays: body.validity_days ?? defaultValidityDays,
      }
    case 'pkcs12':
    case 'key_vault':
      return body
  }
}
