import { type Members, members } from '../http/json-value.ts'

/** An operation of the OpenAPI document. */
export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly isPublic: boolean
  /** Its clients say who they are in a way of its own, and not by a bearer token. */
  readonly signsInItself: boolean
  readonly parameters: readonly Parameter[]
  /** Undefined where it takes no body. */
  readonly body?: unknown
  /** By status or range, and for each the schema of each media type. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Parameter {
  readonly name: string
  readonly place: 'path' | 'query' | 'header'
  readonly isRequired: boolean
  readonly schema: Members
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const places = ['path', 'query', 'header'] as const

const forLife = ['id', 'client_id', 'directory_id', 'domain', 'cloud']

/** Merge patches take any part of what PUT takes, which JSON Schema has no word for, but what a record keeps. */
function bodyOf(document: Members, path: string, schema: unknown): unknown {
  if ('properties' in members(schema) || '$ref' in members(schema)) return schema
  const kind = { applications: 'Application', tenants: 'Tenant', callers: 'Caller' }
  const name = Object.entries(kind).find(([part]) => path.startsWith(`/${part}/`))?.[1] ?? ''
  const whole = members(members(members(document['components'])['schemas'])[`${name}Replacement`])
  const changeable = Object.entries(members(whole['properties'])).filter(([name]) => !forLife.includes(name))
  return { ...whole, required: [], properties: Object.fromEntries(changeable) }
}

export function operationsOf(document: Members): readonly Operation[] {
  return Object.entries(members(document['paths'])).flatMap(([path, byMethod]) =>
    methods.flatMap((method): Operation[] => {
      const found = members(members(byMethod)[method.toLowerCase()])
      const { operationId, security, parameters, requestBody } = found
      if (typeof operationId !== 'string') return []
      const content = Object.values(members(members(requestBody)['content']))[0]
      const named = Array.isArray(parameters) ? parameters.map(members) : []
      return [
        {
          id: operationId,
          method,
          path,
          isPublic: Array.isArray(security) && security.length === 0,
          signsInItself: Array.isArray(security) && security.length > 0,
          parameters: named.flatMap(({ name, in: at, required, schema }) => {
            const place = places.find((known) => known === at)
            if (place === undefined) return []
            return [{ name: String(name), place, isRequired: required === true, schema: members(schema) }]
          }),
          ...(content !== undefined && { body: bodyOf(document, path, members(content)['schema']) }),
          responses: responsesOf(found['responses']),
        },
      ]
    }),
  )
}

function responsesOf(responses: unknown): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(members(responses)).map(([status, response]) => [
      status,
      Object.fromEntries(
        Object.entries(members(members(response)['content'])).map(([type, media]) => [
          type,
          members(media)['schema'],
        ]),
      ),
    ]),
  )
}
