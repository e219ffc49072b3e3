/** What Microsoft sent the browser back with, as strings of anybody's making. */
export interface ConsentReply {
  readonly state?: string
  readonly tenant?: string
  readonly adminConsent?: string
  readonly error?: string
  readonly errorSubcode?: string
  readonly errorDescription?: string
}

export type ConsentError =
  | 'cancelled'
  | 'wrong_directory'
  | 'not_administrator'
  | 'microsoft_unavailable'
  | 'microsoft_refused'

/** Codes that tell more than `error` does; all others go by `error`. */
const byCode: ReadonlyMap<number, ConsentError> = new Map([
  [65004, 'cancelled'],
  [50020, 'wrong_directory'],
  [65001, 'not_administrator'],
  [90093, 'not_administrator'],
  [90094, 'not_administrator'],
  [90095, 'not_administrator'],
])

const byError: ReadonlyMap<string, ConsentError> = new Map([
  ['permission_denied', 'cancelled'],
  ['consent_required', 'not_administrator'],
  ['server_error', 'microsoft_unavailable'],
  ['temporarily_unavailable', 'microsoft_unavailable'],
])

/** Why there is no consent, and the number in Microsoft's text, which is all of it that is ever used. */
export function readConsentError(reply: ConsentReply): {
  readonly kind: ConsentError
  readonly aadsts?: number
} {
  const { error = '', errorSubcode, errorDescription = '' } = reply
  const digits = /AADSTS(\d{5,7})/.exec(errorDescription)?.[1]
  const aadsts = digits === undefined ? undefined : Number(digits)
  const isCancel = error === 'access_denied' && errorSubcode === 'cancel'
  const told = isCancel ? 'cancelled' : byCode.get(aadsts ?? 0)
  const kind = told ?? byError.get(error) ?? 'microsoft_refused'
  return { kind, ...(aadsts !== undefined && { aadsts }) }
}
