import AjvCompiler from '@fastify/ajv-compiler'
import type { FastifySchemaCompiler } from 'fastify'
import type Type from 'typebox'
import { Words } from '../broker/words.ts'

/** Requests are judged as they came: nothing is converted, left out or filled in. */
export const ajvOptions = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allErrors: true,
  discriminator: true,
} as const

/**
 * For a route whose bodies are remembered. One that something was granted for has passed, as this very object, and
 * cannot have changed: to look at all of it again would cost a hit three in a hundred of its speed. Every other is
 * judged as on any route. `schemas`: those that the route refers to.
 */
export function passKnownBodies(schemas: Record<string, Type.TSchema>): FastifySchemaCompiler<object> {
  const compile = AjvCompiler()({ ...schemas }, { customOptions: ajvOptions })
  return (definition) => {
    const validate = compile(definition)
    return (body) => {
      if (Words.wereGranted(body) || validate(body) === true) return true
      return { error: validate.errors ?? [] }
    }
  }
}
