export type Members = Readonly<Record<string, unknown>>

export function members(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function texts(value: unknown): readonly string[] {
  return items(value).filter((one) => typeof one === 'string')
}

/** The schema itself, where this is a reference to a component of its document. */
export function follow(document: Members, schema: Members): Members {
  const { $ref } = schema
  if (typeof $ref !== 'string') return schema
  const [, , group = '', name = ''] = $ref.slice(1).split('/')
  return members(members(members(document['components'])[group])[name])
}

export interface Operation {
  /** `POST /tokens` */
  readonly name: string
  readonly value: Members
}

export function operationsOf(document: Members): Operation[] {
  return Object.entries(members(document['paths'])).flatMap(([path, methods]) =>
    Object.entries(members(methods)).map(([method, value]) => ({
      // The name of a path parameter is nothing that a client sends.
      name: `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
      value: members(value),
    })),
  )
}
