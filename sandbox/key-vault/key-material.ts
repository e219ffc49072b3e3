import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { badParameter } from './refusal.ts'

export type KeyContent = {
  readonly kty: 'RSA' | 'EC'
  readonly privateKey: KeyObject
  /** `n` and `e`, or `crv`, `x` and `y`. */
  readonly publicMembers: Readonly<Record<string, string>>
  readonly keyOps: readonly string[]
}

const generate = promisify(generateKeyPair)
const rsaSizes = new Set([2048, 3072, 4096])
const curves = new Set(['P-256', 'P-384', 'P-521'])
const defaultOps = {
  RSA: ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'],
  EC: ['sign', 'verify'],
}

export async function generateRsaKey(size = 2048, keyOps?: readonly string[]): Promise<KeyContent> {
  if (!rsaSizes.has(size)) throw badParameter('Property key_size has invalid value\r\n')
  const { privateKey } = await generate('rsa', { modulusLength: size })
  return keyContent('RSA', privateKey, keyOps)
}

export async function generateEcKey(curve = 'P-256', keyOps?: readonly string[]): Promise<KeyContent> {
  if (!curves.has(curve)) throw badParameter('Property crv has invalid value\r\n')
  const { privateKey } = await generate('ec', { namedCurve: curve })
  return keyContent('EC', privateKey, keyOps)
}

export function importRsaKey(jwk: JsonWebKey, keyOps?: readonly string[]): KeyContent {
  const privateKey = readPrivateKey(jwk)
  if (!rsaSizes.has(privateKey.asymmetricKeyDetails?.modulusLength ?? 0)) {
    throw badParameter('Property n has invalid value\r\n')
  }
  return keyContent('RSA', privateKey, keyOps)
}

function readPrivateKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    throw badParameter('Property key has invalid value\r\n')
  }
}

function keyContent(kty: 'RSA' | 'EC', privateKey: KeyObject, keyOps?: readonly string[]): KeyContent {
  const jwk = createPublicKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({ format: 'jwk' })
  const names = kty === 'RSA' ? ['n', 'e'] : ['crv', 'x', 'y']
  const publicMembers: Record<string, string> = {}
  for (const name of names) publicMembers[name] = String(jwk[name])
  return { kty, privateKey, publicMembers, keyOps: keyOps ?? defaultOps[kty] }
}
