import type { Failure } from '../domain/failure.ts'
import { redact } from '../domain/redact.ts'
import type { Result } from '../domain/result.ts'
import type { RoleJudgement } from './judge-roles.ts'
import type { IssuedToken } from './offer-token.ts'
import type { TokenRequest } from './token-request.ts'

export interface Issuance {
  /** Unix time in milliseconds. */
  readonly time: number
  readonly callerId: string
  readonly request: TokenRequest
  readonly requestId: string
  readonly result: Result<IssuedToken, Failure>
}

/** One request as one line of JSON. Whatever a caller sends stays within its line. */
export function auditLine({ time, callerId, request, requestId, result }: Issuance): string {
  const who = `"request_id":${escaped(requestId)},"caller":${escaped(callerId)}`
  const head = `{"time":"${isoTime(time)}","event":"token.${result.ok ? 'issued' : 'denied'}",${who}`
  const asked = `"dialect":"${request.dialect}","scopes":`
  if (result.ok) {
    const { value } = result
    return `${head},${asked}${escapedList(request.scopes)},${describeIssued(value)}${describeRoles(value.roles)}`
  }
  // Scopes that translate are words of the catalogue; what does not may be anything, pasted by mistake.
  const scopes = escaped(request.scopes.map(redact))
  return `${head},${asked}${scopes},"tenant":${escaped(request.tenant)},"outcome":"${result.failure.code}"}`
}

/** Ids and token ids are of alphabets that JSON takes as they are. */
function describeIssued({ application, resource, origin, token, tenant }: IssuedToken): string {
  const uti = token.uti === undefined ? '' : `"uti":"${token.uti}",`
  const served = `"application":"${application.id}","resource":"${resource}","cache":"${origin}"`
  return `"tenant":"${tenant.id}","outcome":"issued",${served},${uti}"expires_at":${token.expiresAtUnix},`
}

/** Apart from the rest, since thousands of tenants share it. */
const carried = new WeakMap<RoleJudgement, string>()

function describeRoles(roles: RoleJudgement): string {
  const known = carried.get(roles)
  if (known !== undefined) return known
  const { granted, excess, missing } = roles
  const members = { permissions: granted, excess_permissions: excess, missing_permissions: missing }
  const description = escaped(members).slice(1)
  carried.set(roles, description)
  return description
}

/** What a caller sends again in the very same list. */
const lists = new WeakMap<readonly string[], string>()

function escapedList(scopes: readonly string[]): string {
  const known = lists.get(scopes)
  if (known !== undefined) return known
  const text = escaped(scopes)
  lists.set(scopes, text)
  return text
}

/** What some readers of a log take for the end of a line or for a terminal's command, and JSON leaves as it is. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g

function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

let last = { time: Number.NaN, text: '' }

/** Many requests share a millisecond. */
function isoTime(time: number): string {
  if (time !== last.time) last = { time, text: new Date(time).toISOString() }
  return last.text
}
