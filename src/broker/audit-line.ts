import type { DialectId } from '../catalogue/dialects.ts'
import type { Failure } from '../domain/failure.ts'
import { flat } from '../domain/flat.ts'
import { jsonText } from '../domain/json-text.ts'
import type { Resource } from '../domain/permission.ts'
import { redact } from '../domain/redact.ts'
import type { Result } from '../domain/result.ts'
import type { RoleJudgement } from './judge-roles.ts'
import type { IssuedToken } from './offer-token.ts'
import { Remembered } from './remember.ts'
import type { TokenRequest } from './token-request.ts'

export interface Issuance {
  /** Unix time in milliseconds. */
  readonly time: number
  readonly callerId: string
  readonly request: TokenRequest
  readonly requestId: string
  readonly result: Result<IssuedToken, Failure>
}

/**
 * One request as one line of JSON. Whatever a caller sends stays within its line. A line for a token is put together
 * from few pieces, for there are tens of thousands a second: each piece costs as much as a look into a map.
 */
export function auditLine(issuance: Issuance): string {
  const { time, callerId, request, requestId, result } = issuance
  if (result.ok) {
    const { uti } = result.value.token
    const asked = describeRequest(callerId, request)
    const granted = `${result.value.text}${describeRoles(result.value)}`
    // Token ids, and those that the broker gives requests, are of alphabets that JSON takes as they are.
    return `${beginIssued(time)}${requestId}${asked}${granted}${uti === undefined ? '}' : `,"uti":"${uti}"}`}`
  }
  const who = `"request_id":${escaped(requestId)},"caller":${escaped(callerId)}`
  // Scopes that translate are words of the catalogue; what does not may be anything, pasted by mistake.
  const asked = `"dialect":"${request.dialect}","scopes":${escaped(request.scopes.map(redact))}`
  const denied = `"tenant":${escaped(request.tenant)},"outcome":"${result.failure.code}"}`
  return `{"time":"${isoTime(time)}","event":"token.denied",${who},${asked},${denied}`
}

let last = { time: Number.NaN, text: '' }

/** Many requests share a millisecond. */
function beginIssued(time: number): string {
  if (time !== last.time)
    last = { time, text: flat`{"time":"${isoTime(time)}","event":"token.issued","request_id":"` }
  return last.text
}

const isoTime = (time: number) => new Date(time).toISOString()

/** What the last few callers asked for in the very same list. */
const requests = new Remembered<readonly string[], string, DialectId, string>(8)

function describeRequest(callerId: string, { dialect, scopes }: TokenRequest): string {
  const known = requests.recall(scopes, callerId, dialect)
  if (known !== undefined) return known
  const text = flat`","caller":${escaped(callerId)},"dialect":"${dialect}","scopes":${escaped(scopes)}`
  return requests.keep(scopes, callerId, dialect, text)
}

/** Thousands of tenants share it. */
const carried = new Remembered<RoleJudgement, Resource, IssuedToken['origin'], string>(8)

function describeRoles({ roles, resource, origin }: IssuedToken): string {
  const known = carried.recall(roles, resource, origin)
  if (known !== undefined) return known
  const { granted, excess, missing } = roles
  const members = { permissions: granted, excess_permissions: excess, missing_permissions: missing }
  const text = flat`,"outcome":"issued","resource":"${resource}","cache":"${origin}",${escaped(members).slice(1, -1)}`
  return carried.keep(roles, resource, origin, text)
}

/** What some readers of a log take for the end of a line or for a terminal's command, and JSON leaves as it is. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g

const escaped = (value: unknown) => jsonText(value, unsafe)
