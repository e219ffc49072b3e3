import type { FastifyRequest } from 'fastify'
import { badParameter } from './refusal.ts'
import type { AttributeChange, Tags } from './stored-object.ts'

export type Members = Readonly<Record<string, unknown>>

const namePattern = /^[0-9A-Za-z-]{1,127}$/
const apiVersionPattern = /^(7\.\d|20\d\d-\d\d-\d\d)(-preview(\.\d+)?)?$/
const mostTags = 15
const longestTag = 256

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readName(name: string): string {
  if (!namePattern.test(name)) throw badParameter(`The request URI contains an invalid name: ${name}`)
  return name
}

/** The last one when a parameter is repeated. Fastify has decoded the names: clients send `api%2Dversion`. */
export function readQuery(request: FastifyRequest, name: string): string | undefined {
  const value = isMembers(request.query) ? request.query[name] : undefined
  const last: unknown = Array.isArray(value) ? value.at(-1) : value
  return typeof last === 'string' ? last : undefined
}

export function readApiVersion(request: FastifyRequest): string {
  const version = readQuery(request, 'api-version')
  if (version === undefined || version === '') throw badParameter('api-version must be specified')
  if (apiVersionPattern.test(version)) return version
  throw badParameter(`The specified version (${version}) is not recognized.`)
}

export function readBody(request: FastifyRequest): Members {
  if (!isMembers(request.body)) throw badParameter('The request body is missing or is not a JSON object.')
  return request.body
}

/** `null` counts as absent, as clients of other languages send it for what they leave out. */
export function readString(body: Members, name: string): string | undefined {
  const value = body[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw invalidProperty(name)
}

export function readInteger(body: Members, name: string): number | undefined {
  const value = body[name] ?? undefined
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value
  throw invalidProperty(name)
}

/** Members it does not know are passed over, as the service does with tags inside attributes. */
export function readAttributes(body: Members): AttributeChange {
  const attributes = body['attributes'] ?? {}
  if (!isMembers(attributes)) throw invalidProperty('attributes')
  const enabled = attributes['enabled'] ?? undefined
  if (enabled !== undefined && typeof enabled !== 'boolean') throw invalidProperty('enabled')
  return { enabled, nbf: readInteger(attributes, 'nbf'), exp: readInteger(attributes, 'exp') }
}

export function readTags(body: Members): Tags {
  const tags = body['tags'] ?? undefined
  if (tags === undefined) return undefined
  if (!isMembers(tags)) throw invalidProperty('tags')
  const entries = Object.entries(tags)
  if (entries.length > mostTags) throw invalidProperty('tags')
  const read: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (typeof value !== 'string') throw invalidProperty('tags')
    if (name.length > longestTag || value.length > longestTag) throw invalidProperty('tags')
    read[name] = value
  }
  return read
}

export function invalidProperty(name: string): Error {
  return badParameter(`Property ${name} has invalid value\r\n`)
}
