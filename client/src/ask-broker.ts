import type { TokenResponse } from './api-types.ts'
import { BrokerError, clientError, errorOfReply } from './broker-error.ts'
import type { Settings } from './options.ts'

/** One request. `sentAt` is monotonic, so that what the way back took is not added to the token's life. */
export interface Answer {
  readonly response: TokenResponse
  readonly sentAt: number
}

/** A BrokerError of the code `broker_unreachable`, or one that the answer said, where there is no token. */
export async function askBroker(
  { endpoint, request, bearer, platform }: Settings,
  rejectedSha256: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const token = await bearer()
  const sentAt = platform.monotonic()
  const asked = { ...request, ...(rejectedSha256 !== undefined && { rejected_token_sha256: rejectedSha256 }) }
  const { status, retryAfter, text } = await platform
    .fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, application/problem+json',
      },
      body: JSON.stringify(asked),
      // A redirect would show the key and the token to whoever is at its end.
      redirect: 'error',
      signal,
    })
    .then(async (reply) => ({
      status: reply.status,
      retryAfter: reply.headers.get('retry-after'),
      text: await reply.text(),
    }))
    .catch((error: unknown) => {
      throw clientError('broker_unreachable', `The broker at ${endpoint} does not answer${reasonOf(error)}.`)
    })
  const body = parse(text)
  if (status === 200 && isTokenResponse(body)) return { response: body, sentAt }
  throw errorOfReply(status, body, secondsOf(retryAfter, platform.now()))
}

/** Whether the same request may be answered otherwise in a while. */
export function isPassing(error: unknown): error is BrokerError {
  if (!(error instanceof BrokerError)) return false
  return error.code === 'broker_unreachable' || error.status === 429 || error.status === 503
}

/** The name of the system's error alone: whatever else is in it was not written with secrets in mind. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : ''
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function secondsOf(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null) return undefined
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter)
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isTokenResponse(body: unknown): body is TokenResponse {
  if (typeof body !== 'object' || body === null) return false
  const { access_token, expires_in, resource }: Partial<Record<keyof TokenResponse, unknown>> = body
  return (
    typeof access_token === 'string' &&
    typeof expires_in === 'number' &&
    typeof resource === 'string' &&
    URL.canParse(resource)
  )
}
