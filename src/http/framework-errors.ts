import type { FastifyError } from 'fastify'
import type { Failure, InputFault } from '../domain/failure.ts'
import type { ProblemText } from './problem-texts.ts'

/** An error of Fastify's own that is the client's doing: either a failure of ours, or a text. */
export type KnownError =
  | { readonly failure: Failure }
  | { readonly failure?: never; readonly code: string; readonly text: ProblemText }

const byCode: ReadonlyMap<string, { readonly code: string; readonly text: ProblemText }> = new Map([
  entry(
    'FST_ERR_CTP_BODY_TOO_LARGE',
    'body_too_large',
    413,
    'Body too large',
    'The body is larger than this route takes.',
  ),
  entry(
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    'unsupported_media_type',
    415,
    'Unsupported media type',
    'The body must be JSON.',
    'Send `Content-Type: application/json`.',
  ),
  entry(
    'FST_ERR_CTP_EMPTY_TYPE',
    'unsupported_media_type',
    415,
    'Unsupported media type',
    'The body has no type.',
  ),
  entry('FST_ERR_CTP_EMPTY_JSON_BODY', 'malformed_json', 400, 'Malformed JSON', 'The body is empty.'),
  entry(
    'FST_ERR_CTP_INVALID_JSON_BODY',
    'malformed_json',
    400,
    'Malformed JSON',
    'The body is not valid JSON.',
  ),
  entry(
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    'malformed_request',
    400,
    'Malformed request',
    'Content-Length is wrong.',
  ),
  entry(
    'FST_ERR_BAD_URL',
    'malformed_request',
    400,
    'Malformed request',
    'The path is not a valid URL path.',
  ),
  entry(
    'FST_ERR_MAX_PARAM_LENGTH',
    'route_not_found',
    404,
    'Not found',
    'A segment of the path is too long.',
  ),
])

function entry(
  fastifyCode: string,
  code: string,
  status: number,
  title: string,
  detail: string,
  hint?: string,
) {
  return [
    fastifyCode,
    { code, text: { status, title, detail, ...(hint === undefined ? {} : { hint }) } },
  ] as const
}

/** Undefined where the error is a fault of the broker. Nothing of `error.message` is handed on. */
export function readFrameworkError(error: FastifyError): KnownError | undefined {
  if (error.validation !== undefined) {
    return {
      failure: { code: 'invalid_request', faults: readFaults(error.validation, error.validationContext) },
    }
  }
  return byCode.get(error.code)
}

const mostFaults = 20

type SchemaFault = NonNullable<FastifyError['validation']>[number]

/** What a schema found, as faults; `part` is the part of the request that was looked at. */
export function readFaults(validation: readonly SchemaFault[], part = 'body'): InputFault[] {
  const prefix = part === 'body' ? '' : part
  const faults = new Map<string, InputFault>()
  for (const fault of validation) {
    const pointer = `${prefix}${fault.instancePath}${memberOf(fault)}`
    // One fault a member is enough to mend it; schemas often find two in the same wrong value.
    if (faults.size < mostFaults && !faults.has(pointer))
      faults.set(pointer, { pointer, detail: describe(fault) })
  }
  return [...faults.values()]
}

/** The member that a fault is about, where the schema's own path ends at the object that holds it. */
function memberOf({ params }: SchemaFault): string {
  const member =
    params['additionalProperty'] ?? params['missingProperty'] ?? params['propertyName'] ?? params['tag']
  return typeof member === 'string' ? `/${escapePointer(member)}` : ''
}

function describe({ keyword, params, message = 'is not valid' }: SchemaFault): string {
  const { allowedValues } = params
  switch (keyword) {
    case 'additionalProperties':
      return 'This member is not known.'
    case 'required':
      return 'This member is required.'
    case 'propertyNames':
      return 'This name has characters that are not allowed here, or is too long.'
    case 'discriminator':
      return 'Must be one of the forms that the API describes.'
    case 'enum':
      return Array.isArray(allowedValues) ? `Must be one of: ${allowedValues.join(', ')}.` : 'Not allowed.'
    default:
      return `It ${message}.`
  }
}

/** RFC 6901 §3, and cut: the name is the client's own and may be as long as the body. */
function escapePointer(member: string): string {
  return member.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')
}
