/** JSON Schema as it stands in the document. */
export type Schema = Readonly<Record<string, unknown>>

/** They narrow values, not types, or say what the comment already does. */
const narrowing = new Set([
  'default',
  'discriminator',
  'examples',
  'format',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'pattern',
  'propertyNames',
  'title',
  'uniqueItems',
])

/** Each form that a schema can have, by the keyword that says so, with the keywords that may stand beside it. */
const forms: readonly { readonly by: string; readonly beside: readonly string[] }[] = [
  { by: '$ref', beside: [] },
  { by: 'const', beside: ['type'] },
  { by: 'enum', beside: ['type'] },
  { by: 'oneOf', beside: ['type'] },
  { by: 'anyOf', beside: ['type'] },
  { by: 'allOf', beside: [] },
  { by: 'properties', beside: ['type', 'required', 'additionalProperties'] },
  { by: 'additionalProperties', beside: ['type'] },
  { by: 'items', beside: ['type'] },
  { by: 'type', beside: [] },
]

/**
 * The TypeScript type of a schema. Throws, with the place, at a keyword that it does not know: a type that leaves
 * something out would be believed.
 */
export function typeOf(schema: Schema, at: string): string {
  const known = forms.find(({ by }) => by in schema)
  if (known === undefined) {
    refuseOthers(schema, [], at)
    return 'unknown'
  }
  // Behind a discriminator each form repeats the members that stand beside it.
  const repeated = 'discriminator' in schema ? ['properties', 'required'] : []
  refuseOthers(schema, [known.by, ...known.beside, ...repeated], at)
  switch (known.by) {
    case '$ref':
      return referenceOf(text(schema['$ref'], `${at}/$ref`), at)
    case 'const':
      return literal(schema['const'])
    case 'enum':
      return union(list(schema['enum'], `${at}/enum`).map(literal))
    case 'oneOf':
    case 'anyOf':
      return union(inner(schema, known.by, at))
    case 'allOf':
      return inner(schema, known.by, at)
        .map((part) => `(${part})`)
        .join(' & ')
    case 'properties':
      return objectOf(schema, at)
    case 'additionalProperties':
      return mapOf(schema['additionalProperties'], `${at}/additionalProperties`)
    case 'items':
      return `ReadonlyArray<${typeOf(record(schema['items'], `${at}/items`), `${at}/items`)}>`
    default:
      return plain(schema['type'], at)
  }
}

function refuseOthers(schema: Schema, known: readonly string[], at: string): void {
  for (const keyword of Object.keys(schema)) {
    if (known.includes(keyword) || keyword === 'description' || narrowing.has(keyword)) continue
    throw new Error(`${at}: the keyword "${keyword}" is not known here; teach scripts/client-types about it.`)
  }
}

function referenceOf(reference: string, at: string): string {
  const [, name] = /^#\/components\/schemas\/([A-Z][A-Za-z0-9]*)$/.exec(reference) ?? []
  if (name === undefined) throw new Error(`${at}: "${reference}" does not lead to a component.`)
  return name
}

function inner(schema: Schema, keyword: string, at: string): string[] {
  return list(schema[keyword], `${at}/${keyword}`).map((part, index) =>
    typeOf(record(part, `${at}/${keyword}/${index}`), `${at}/${keyword}/${index}`),
  )
}

const literal = (value: unknown): string =>
  typeof value === 'string' && /^[\w./:-]*$/.test(value) ? `'${value}'` : JSON.stringify(value)

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ')

function objectOf(schema: Schema, at: string): string {
  if (schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false)
    throw new Error(`${at}: an object with members of its own and others besides has no type here.`)
  const required = list(schema['required'] ?? [], `${at}/required`)
  const members = Object.entries(record(schema['properties'], `${at}/properties`)).map(([name, value]) => {
    const member = record(value, `${at}/properties/${name}`)
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
    const optional = required.includes(name) ? '' : '?'
    return `${commentOf(member)}readonly ${key}${optional}: ${typeOf(member, `${at}/properties/${name}`)}\n`
  })
  return members.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${indent(members.join(''))}}`
}

function mapOf(value: unknown, at: string): string {
  if (value === false) return 'Readonly<Record<string, never>>'
  return `Readonly<Record<string, ${value === true ? 'unknown' : typeOf(record(value, at), at)}>>`
}

function plain(type: unknown, at: string): string {
  if (Array.isArray(type)) return union(type.map((one) => plain(one, at)))
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'object':
      return 'Readonly<Record<string, unknown>>'
    case 'array':
      return 'ReadonlyArray<unknown>'
    default:
      throw new Error(`${at}: the type ${JSON.stringify(type)} is not known.`)
  }
}

export function commentOf(schema: Schema): string {
  const { description } = schema
  return typeof description === 'string'
    ? `/** ${description.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`
    : ''
}

const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

export function record(value: unknown, at: string): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${at} is no object.`)
  return Object.fromEntries(Object.entries(value))
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${at} is no list.`)
  return value
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Error(`${at} is no text.`)
  return value
}
