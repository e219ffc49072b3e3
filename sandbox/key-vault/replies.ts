import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeyContent } from './key-material.ts'
import { Refusal } from './refusal.ts'
import { readApiVersion } from './request.ts'
import type { Deleted, Found } from './stored-object.ts'
import type { SecretContent } from './vault.ts'

/** What a reply depends on beside the object it shows. */
export type View = { readonly host: string; readonly apiVersion: string; readonly recoverableDays: number }

type Wire = Record<string, unknown>

const beforeRecoverableDays = new Set(['2015-06-01', '2016-10-01', '7.0'])
const beforeExportable = new Set([...beforeRecoverableDays, '7.1', '7.2'])

export function viewOf(request: FastifyRequest, recoverableDays: number): View {
  return { host: request.host, apiVersion: readApiVersion(request), recoverableDays }
}

export function showAttributes(found: Found<unknown>, view: View): Wire {
  const { enabled, nbf, exp, created, updated } = found.version.attributes
  const recoveryLevel = `${view.recoverableDays < 90 ? 'Customized' : ''}Recoverable+Purgeable`
  const shown = { enabled, nbf, exp, created, updated, recoveryLevel }
  if (beforeRecoverableDays.has(view.apiVersion)) return shown
  return { ...shown, recoverableDays: view.recoverableDays }
}

/** Without its value: as it stands in lists and in the replies to PATCH, DELETE and recover. */
export function showSecret(found: Found<SecretContent>, view: View, version = `/${found.version.id}`): Wire {
  const { contentType, managed } = found.version.content
  return {
    contentType,
    id: `https://${view.host}/secrets/${found.name}${version}`,
    managed,
    attributes: showAttributes(found, view),
    tags: found.version.tags,
  }
}

export function showSecretValue(found: Found<SecretContent>, view: View): Wire {
  const { value, managed } = found.version.content
  const kid = managed ? `https://${view.host}/keys/${found.name}/${found.version.id}` : undefined
  return { value, ...showSecret(found, view), kid }
}

export function showKey(found: Found<KeyContent>, view: View): Wire {
  const { kty, keyOps, publicMembers } = found.version.content
  const { attributes, tags } = showKeyItem(found, view)
  return { key: { kid: keyId(found, view), kty, key_ops: keyOps, ...publicMembers }, attributes, tags }
}

export function showKeyItem(found: Found<KeyContent>, view: View, version = `/${found.version.id}`): Wire {
  const attributes = showAttributes(found, view)
  if (!beforeExportable.has(view.apiVersion)) attributes['exportable'] = false
  return { kid: keyId(found, view, version), attributes, tags: found.version.tags }
}

export function keyId(found: Found<unknown>, view: View, version = `/${found.version.id}`): string {
  return `https://${view.host}/keys/${found.name}${version}`
}

export function showDeleted(deleted: Deleted<unknown>, collection: string, view: View, shown: Wire): Wire {
  const { name, deletedDate, scheduledPurgeDate } = deleted
  return {
    recoveryId: `https://${view.host}/deleted${collection}/${name}`,
    deletedDate,
    scheduledPurgeDate,
    ...shown,
  }
}

/** Region and service version are those of the recordings; nothing is to be read out of them. */
export function setHeaders(request: FastifyRequest, reply: FastifyReply, requestId: string): void {
  const family = request.ip.includes(':') ? ['Ipv6', 'InterNetworkV6'] : ['Ipv4', 'InterNetwork']
  const clientRequestId = request.headers['x-ms-client-request-id']
  reply.headers({
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'strict-transport-security': 'max-age=31536000;includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-keyvault-region': 'westus3',
    'x-ms-keyvault-service-version': '1.9.576.1',
    'x-ms-keyvault-network-info': `conn_type=${family[0]};addr=${request.ip};act_addr_fam=${family[1]};`,
    'x-ms-request-id': requestId,
    ...(clientRequestId === undefined ? {} : { 'x-ms-client-request-id': clientRequestId }),
  })
}

/** What Fastify itself refuses (a body too large, for one) is the caller's fault too; the rest is opaque. */
export function sendRefusal(error: Error & { statusCode?: number }, reply: FastifyReply): FastifyReply {
  const refusal = error instanceof Refusal ? error : disguise(error.statusCode ?? 500)
  const { code, message, innerCode } = refusal
  const innererror = innerCode === undefined ? undefined : { code: innerCode }
  return reply.code(refusal.status).send({ error: { code, message, innererror } })
}

function disguise(status: number): Refusal {
  return status < 500
    ? new Refusal(400, 'BadParameter', 'The request could not be read.')
    : new Refusal(500, 'InternalServerError', 'An unexpected error occurred.')
}
