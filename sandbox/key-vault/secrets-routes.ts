import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openBackup, sealBackup } from './backup.ts'
import { registerObjectRoutes } from './object-routes.ts'
import { badParameter, disabled, Refusal } from './refusal.ts'
import { showSecret, showSecretValue, viewOf } from './replies.ts'
import {
  invalidProperty,
  isMembers,
  readAttributes,
  readBody,
  readName,
  readString,
  readTags,
} from './request.ts'
import type { Found, History } from './stored-object.ts'
import type { SecretContent, Vault } from './vault.ts'

type Named = { Params: { name: string } }
type Versioned = { Params: { name: string; version: string } }

const largestValue = 25 * 1024
const longestContentType = 255

export function registerSecretsRoutes(app: FastifyInstance, vault: Vault): void {
  const { secrets, recoverableDays } = vault
  const read = (request: FastifyRequest, name: string, version = '') =>
    showSecretValue(readEnabled(vault, name, version), viewOf(request, recoverableDays))

  app.put<Named>('/secrets/:name', (request) => {
    const name = readName(request.params.name)
    const body = readBody(request)
    const content = { value: readValue(readString(body, 'value')), contentType: readContentType(body) }
    const found = secrets.put(name, { content, attributes: readAttributes(body), tags: readTags(body) })
    return showSecretValue(found, viewOf(request, recoverableDays))
  })
  app.get<Named>('/secrets/:name', (request) => read(request, request.params.name))
  // An empty version, as in `/secrets/a/`, is how the SDKs ask for the latest.
  app.get<Versioned>('/secrets/:name/:version', (request) =>
    read(request, request.params.name, request.params.version),
  )
  app.patch<Versioned>('/secrets/:name/:version', (request) => {
    const name = readName(request.params.name)
    const body = readBody(request)
    const contentType = readContentType(body)
    const found = secrets.update(name, request.params.version, {
      content: contentType === undefined ? {} : { contentType },
      attributes: readAttributes(body),
      tags: readTags(body),
    })
    return showSecret(found, viewOf(request, recoverableDays))
  })
  registerBackupRoutes(app, vault)
  registerObjectRoutes(app, {
    collection: 'secrets',
    store: secrets,
    recoverableDays,
    show: showSecret,
    showItem: showSecret,
  })
}

/** Neither `nbf` nor `exp` is looked at: an expired secret is still handed out. */
function readEnabled(vault: Vault, name: string, version: string): Found<SecretContent> {
  const found = vault.secrets.get(readName(name), version)
  if (!found.version.attributes.enabled) throw disabled('Secret', 'get')
  return found
}

function registerBackupRoutes(app: FastifyInstance, vault: Vault): void {
  app.post<Named>('/secrets/:name/backup', (request) => {
    const history = vault.secrets.history(readName(request.params.name))
    return { value: sealBackup(vault.backupKey, vault.random(12), JSON.stringify(history)) }
  })
  app.post('/secrets/restore', (request) => {
    const opened = openBackup(vault.backupKey, readString(readBody(request), 'value') ?? '')
    const history: unknown = opened === undefined ? undefined : JSON.parse(opened)
    if (!isHistory(history)) throw new Refusal(400, 'Malformed backup blob', 'Backup blob is corrupt.')
    return showSecret(vault.secrets.restore(history), viewOf(request, vault.recoverableDays))
  })
}

/** The seal has vouched for the rest: only this vault can have written it. */
function isHistory(value: unknown): value is History<SecretContent> {
  return isMembers(value) && typeof value['name'] === 'string' && Array.isArray(value['versions'])
}

/** An empty value is legal, an absent one is not. */
function readValue(value: string | undefined): string {
  if (value === undefined) throw invalidProperty('value')
  if (Buffer.byteLength(value) <= largestValue) return value
  throw badParameter(`The secret value exceeds the maximum size of ${largestValue} bytes.`)
}

function readContentType(body: Readonly<Record<string, unknown>>): string | undefined {
  const contentType = readString(body, 'contentType')
  if ((contentType?.length ?? 0) > longestContentType) throw invalidProperty('contentType')
  return contentType
}
