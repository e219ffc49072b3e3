import type { FastifyRequest } from 'fastify'
import type Type from 'typebox'
import { readFaults } from './framework-errors.ts'
import { FailureError } from './problems.ts'

/** RFC 7396 §2. The result has no prototype to pollute: members are copied one by one into a new object. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The record as the patch makes it, if `schema` finds that valid. */
export function patched<T extends Type.TSchema>(
  request: FastifyRequest,
  schema: T,
  current: object,
): Type.Static<T> {
  const merged = mergePatch(current, request.body)
  const validate = request.getValidationFunction(schema) ?? request.compileValidationSchema(schema)
  if (isValid<Type.Static<T>>(merged, validate)) return merged
  throw new FailureError({ code: 'invalid_request', faults: readFaults(validate.errors ?? []) })
}

function isValid<T>(value: unknown, validate: (input: unknown) => boolean): value is T {
  return validate(value)
}
