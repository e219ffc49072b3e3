import type { JsonWebKey } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { generateEcKey, generateRsaKey, importRsaKey, type KeyContent } from './key-material.ts'
import { registerObjectRoutes } from './object-routes.ts'
import { disabled, Refusal } from './refusal.ts'
import { keyId, showKey, showKeyItem, viewOf } from './replies.ts'
import {
  invalidProperty,
  isMembers,
  type Members,
  readAttributes,
  readBody,
  readInteger,
  readName,
  readString,
  readTags,
} from './request.ts'
import { type RsaAlgorithm, signDigest } from './signing.ts'
import type { Found } from './stored-object.ts'
import type { Vault } from './vault.ts'

type Named = { Params: { name: string } }
type Versioned = { Params: { name: string; version: string } }

const privateMembers = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi']

export function registerKeysRoutes(app: FastifyInstance, vault: Vault): void {
  const { keys, recoverableDays } = vault
  const add = (request: FastifyRequest<Named>, content: KeyContent) => {
    const body = readBody(request)
    const draft = { content, attributes: readAttributes(body), tags: readTags(body) }
    return showKey(keys.put(request.params.name, draft), viewOf(request, recoverableDays))
  }

  app.post<Named>('/keys/:name/create', async (request) => {
    readName(request.params.name)
    return add(request, await generateKey(readBody(request)))
  })
  app.put<Named>('/keys/:name', (request) => {
    readName(request.params.name)
    return add(request, readImportedKey(readBody(request)))
  })
  app.get<Named>('/keys/:name', (request) =>
    showKey(keys.get(readName(request.params.name)), viewOf(request, recoverableDays)),
  )
  app.get<Versioned>('/keys/:name/:version', (request) => {
    const { name, version } = request.params
    return showKey(keys.get(readName(name), version), viewOf(request, recoverableDays))
  })
  app.post<Versioned>('/keys/:name/:version/sign', (request) => {
    const { name, version } = request.params
    const found = keys.get(readName(name), version)
    const signature = sign(found, readBody(request), vault)
    return { kid: keyId(found, viewOf(request, recoverableDays)), value: signature.toString('base64url') }
  })
  registerObjectRoutes(app, {
    collection: 'keys',
    store: keys,
    recoverableDays,
    show: showKey,
    showItem: showKeyItem,
  })
}

function generateKey(body: Members): Promise<KeyContent> {
  const kty = readString(body, 'kty')
  const keyOps = readKeyOps(body)
  if (kty === 'RSA') return generateRsaKey(readInteger(body, 'key_size'), keyOps)
  if (kty === 'EC') return generateEcKey(readString(body, 'crv'), keyOps)
  throw invalidProperty('kty')
}

function readImportedKey(body: Members): KeyContent {
  const key = body['key']
  if (!isMembers(key)) throw invalidProperty('key')
  if (key['kty'] !== 'RSA') throw invalidProperty('kty')
  const jwk: JsonWebKey = { kty: 'RSA' }
  for (const name of privateMembers) {
    const value = readString(key, name)
    if (value !== undefined) jwk[name] = value
  }
  return importRsaKey(jwk, readKeyOps(key))
}

function readKeyOps(body: Members): string[] | undefined {
  const keyOps = body['key_ops'] ?? undefined
  if (keyOps === undefined) return undefined
  if (!Array.isArray(keyOps)) throw invalidProperty('key_ops')
  return keyOps.map((operation: unknown) => {
    if (typeof operation !== 'string') throw invalidProperty('key_ops')
    return operation
  })
}

/** Unlike reading a secret, signing is refused outside the key's validity. */
function sign(found: Found<KeyContent>, body: Members, vault: Vault): Buffer {
  const { content, attributes } = found.version
  const { enabled, nbf, exp } = attributes
  const now = vault.now() / 1000
  if (!enabled) throw disabled('Key', 'sign')
  if (nbf !== undefined && now < nbf)
    throw forbidden('is not allowed on a key that is not yet valid.', 'KeyNotYetValid')
  if (exp !== undefined && now >= exp) throw forbidden('is not allowed on an expired key.')
  if (!content.keyOps.includes('sign'))
    throw forbidden('is not permitted on this key.', 'KeyOperationForbidden')
  const algorithm = readString(body, 'alg')
  if (content.kty !== 'RSA' || !isRsaAlgorithm(algorithm)) throw invalidProperty('alg')
  const digest = Buffer.from(readString(body, 'value') ?? '', 'base64url')
  if (digest.length !== 32) throw invalidProperty('value')
  return signDigest(algorithm, content.privateKey, digest, vault.random(32))
}

function isRsaAlgorithm(algorithm: string | undefined): algorithm is RsaAlgorithm {
  return algorithm === 'RS256' || algorithm === 'PS256'
}

function forbidden(reason: string, innerCode?: string): Refusal {
  return new Refusal(403, 'Forbidden', `Operation sign ${reason}`, innerCode)
}
