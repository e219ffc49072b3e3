import fc from 'fast-check'
import { items, type Members, members } from '../http/json-value.ts'

/** Values of a text, by the name of its member; undefined where its schema says enough. */
export type KnownTexts = (name: string, schema: Members) => fc.Arbitrary<string> | undefined

export interface SchemaValues {
  /** Values that the schema describes. */
  valid(schema: unknown, name?: string): fc.Arbitrary<unknown>
  /** The same, changed somewhere: most of them are no longer what the schema describes. */
  mutated(schema: unknown): fc.Arbitrary<unknown>
}

/** Values from the schemas of an OpenAPI document, as far as this one uses JSON Schema. */
export function createSchemaValues(document: Members, known: KnownTexts): SchemaValues {
  const schemas = members(members(document['components'])['schemas'])
  const count = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise)

  function text(schema: Members, name: string): fc.Arbitrary<string> {
    const { pattern, minLength, maxLength } = schema
    const found = known(name, schema)
    if (found !== undefined) return found
    if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern), { size: 'small' })
    return fc.string({ minLength: count(minLength, 0), maxLength: Math.min(count(maxLength, 20), 20) })
  }

  function list(schema: Members, name: string): fc.Arbitrary<unknown> {
    const item = valid(schema['items'], name)
    const minLength = count(schema['minItems'], 0)
    const maxLength = Math.min(count(schema['maxItems'], 3), 3)
    const selector = (value: unknown) => JSON.stringify(value)
    return schema['uniqueItems'] === true
      ? fc.uniqueArray(item, { minLength, maxLength, selector })
      : fc.array(item, { minLength, maxLength })
  }

  function object(schema: Members): fc.Arbitrary<unknown> {
    const { required, properties, additionalProperties, propertyNames, minProperties } = schema
    if (typeof additionalProperties === 'object')
      return fc.dictionary(text(members(propertyNames), ''), valid(additionalProperties), {
        minKeys: count(minProperties, 0),
        maxKeys: 3,
      })
    const named = Object.entries(members(properties)).map(([name, inner]) => [name, valid(inner, name)])
    const requiredKeys = Array.isArray(required) ? required.map(String) : []
    const all: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(named)
    return fc.record(all, { requiredKeys })
  }

  function valid(given: unknown, name = ''): fc.Arbitrary<unknown> {
    const schema = members(given)
    const { $ref, type, oneOf, anyOf, minimum, maximum } = schema
    if (typeof $ref === 'string') return valid(schemas[$ref.split('/').at(-1) ?? ''], name)
    if ('const' in schema) return fc.constant(schema['const'])
    if (Array.isArray(schema['enum'])) return known(name, schema) ?? fc.constantFrom(...schema['enum'])
    if (oneOf !== undefined || anyOf !== undefined)
      return fc.oneof(...items(oneOf ?? anyOf).map((one) => valid(one, name)))
    if (type === 'string') return text(schema, name)
    if (type === 'integer') return fc.integer({ min: count(minimum, 0), max: count(maximum, 4096) })
    if (type === 'boolean') return fc.boolean()
    if (type === 'array') return list(schema, name)
    if (type === 'object') return object(schema)
    return fc.jsonValue({ maxDepth: 1 })
  }

  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(null, '', [], {}, -1, 1e300, '__proto__', '\u0000', '../..', 'a'.repeat(3000)),
  )
  const stroke = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('drop', 'add', 'replace'),
    odd,
    name: fc.string(),
  })

  return {
    valid,
    mutated: (schema) =>
      fc
        .tuple(valid(schema), fc.array(stroke, { minLength: 1, maxLength: 3 }))
        .map(([value, strokes]) =>
          strokes.reduce<unknown>((changed, { at, ...rest }) => strike(changed, at, rest), value),
        ),
  }
}

/** One change, at a place in the value that `at` leads to. */
function strike(value: unknown, at: number, how: { how: string; odd: unknown; name: string }): unknown {
  if (typeof value !== 'object' || value === null) return how.odd
  const names = Object.keys(value)
  const name = names[at % (names.length + 1)]
  const isDeeper = name !== undefined && at % 3 === 0
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (key !== name) return [[key, inner]]
    if (isDeeper) return [[key, strike(inner, Math.floor(at / 3), how)]]
    if (how.how === 'drop') return []
    return how.how === 'replace' ? [[key, how.odd]] : [[key, inner]]
  })
  if (how.how === 'add' && !isDeeper) entries.push([how.name, how.odd])
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}
