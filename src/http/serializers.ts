import SerializerSelector from '@fastify/fast-json-stringify-compiler'

/**
 * Fastify compiles a serializer for each reply of each route, and most replies are the same problem: they are
 * compiled once for each shape, and with the schemas that the shape refers to, since all that is handed in is walked
 * and kept. The start takes much less time and memory for it.
 */
export const buildSerializer: SerializerSelector.SerializerFactory = (externalSchemas, options) => {
  const build = SerializerSelector()
  const schemas = new Map<string, unknown>(Object.entries(externalSchemas ?? {}))
  const compiled = new Map<string, SerializerSelector.Serializer>()
  return (route) => {
    const shape = JSON.stringify(route.schema)
    const known = compiled.get(shape)
    if (known !== undefined) return known
    const serialize = build(referredTo(shape, schemas), options)(route)
    compiled.set(shape, serialize)
    return serialize
  }
}

/** The schemas that a shape refers to, and those that they refer to, by name. */
function referredTo(shape: string, schemas: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const used = new Map<string, unknown>()
  const names = referencesIn(shape)
  for (const name of names) {
    const schema = schemas.get(name)
    if (schema === undefined || used.has(name)) continue
    used.set(name, schema)
    names.push(...referencesIn(JSON.stringify(schema)))
  }
  return Object.fromEntries(used)
}

const referencesIn = (json: string) => [...json.matchAll(/"\$ref":"([^"#]+)/g)].map(([, name = '']) => name)
