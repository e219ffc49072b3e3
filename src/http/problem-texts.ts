import type { Failure } from '../domain/failure.ts'
import { entraTexts } from './problem-texts-entra.ts'

export interface ProblemText {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** What to do next; absent where there is nothing but to read the detail. */
  readonly hint?: string
}

export type FailureByCode = { [F in Failure as F['code']]: F }
export type ProblemTexts<Codes extends keyof FailureByCode> = {
  readonly [Code in Codes]: (failure: FailureByCode[Code]) => ProblemText
}

/** Every failure in words. A new failure does not compile until it has an entry. */
const texts: ProblemTexts<keyof FailureByCode> = {
  ...entraTexts,
  invalid_request: () => ({
    status: 400,
    title: 'Invalid request',
    detail: 'The request has faults; `errors` names each.',
  }),
  unknown_scope: ({ unmapped }) => ({
    status: 400,
    title: 'Unknown scope',
    detail: `No application permission stands for: ${unmapped.map(({ scope }) => scope).join(', ')}.`,
    hint: '`unmapped` has the nearest names, or why there is none; GET /scopes/{dialect} lists them all.',
  }),
  no_permission_requested: () => ({
    status: 400,
    title: 'No permission requested',
    detail: 'The scopes name no permission.',
    hint: 'Sign-in scopes like openid, and a resource alone, stand for none. Ask for Mail.Read, for example.',
  }),
  mixed_resources: ({ resources }) => ({
    status: 400,
    title: 'Scopes of two resources',
    detail: `The scopes are for ${resources.join(' and ')}; a token is for one resource.`,
    hint: 'Make one request for each resource.',
  }),
  unauthenticated: () => ({
    status: 401,
    title: 'Not authenticated',
    detail: 'The request carries no valid API key.',
    hint: 'Send it as `Authorization: Bearer`. Keys expire and can be deleted; an operator makes new ones.',
  }),
  rate_limited: ({ perMinute }) => ({
    status: 429,
    title: 'Rate limited',
    detail: `This caller may make ${perMinute} token requests a minute.`,
    hint:
      'Wait as long as Retry-After says. A token serves until it expires: keep it. An operator can raise ' +
      '`rate_limit` of the caller.',
  }),
  too_many_failures: () => ({
    status: 429,
    title: 'Too many failed authentications',
    detail: 'Too many requests with credentials that are not valid came from this address.',
    hint:
      'This request was not authenticated either: a valid key is never answered so. Look at the key that the ' +
      'client sends; keys expire and can be deleted.',
  }),
  role_required: ({ roles }) => ({
    status: 403,
    title: 'Role required',
    detail: `This needs the role ${roles.join(' or ')}.`,
    hint: 'Use the key of a caller with that role.',
  }),
  tenant_not_granted: () => ({
    status: 403,
    title: 'Tenant not granted',
    detail: 'No grant of this caller names this tenant.',
    hint: 'Ask an operator for a grant. An unknown tenant answers the same.',
  }),
  permission_not_granted: ({ permissions }) => ({
    status: 403,
    title: 'Permission not granted',
    detail: `The caller is not granted ${permissions.join(', ')} in this tenant.`,
    hint: 'Ask an operator to add the permissions to a grant of this caller.',
  }),
  excess_permissions: ({ application, permissions }) => ({
    status: 403,
    title: 'Token carries too much',
    detail: `The token of "${application}" also carries ${permissions.join(', ')}, which no grant of this caller names.`,
    hint:
      'Entra cannot narrow a token. Give the tenant an application with fewer permissions, or set ' +
      '`excess: allow` on a grant of this caller.',
  }),
  not_found: ({ kind, id }) => ({
    status: 404,
    title: 'Not found',
    detail: `There is no ${kind} "${id}".`,
  }),
  already_exists: ({ kind, member, value }) => ({
    status: 409,
    title: 'Already exists',
    detail: `Another ${kind} has the ${member} "${value}".`,
    hint: 'Use the one that exists, or choose another value.',
  }),
  immutable_member: () => ({
    status: 409,
    title: 'Immutable member',
    detail: 'The change touches what a record keeps for life; `errors` says why.',
  }),
  in_use: ({ kind, id, usedBy }) => ({
    status: 409,
    title: 'In use',
    detail: `The ${kind} "${id}" is used by ${listSome(usedBy)}.`,
    hint: 'Change or remove these first; `used_by` names them all.',
  }),
  last_operator: ({ id }) => ({
    status: 409,
    title: 'Last operator',
    detail: `"${id}" is the only operator who can sign in.`,
    hint: 'Give another operator a key first.',
  }),
  conflict: ({ detail, hint }) => ({ status: 409, title: 'Conflict', detail, hint }),
  precondition_required: () => ({
    status: 428,
    title: 'Precondition required',
    detail: 'A change must say which version it changes.',
    hint: 'GET the record and send its ETag as If-Match.',
  }),
  precondition_failed: () => ({
    status: 412,
    title: 'Changed meanwhile',
    detail: 'The record is no longer the version that If-Match names.',
    hint: 'GET it again, look at what changed, and repeat with the new ETag.',
  }),
  registry_unavailable: () => ({
    status: 503,
    title: 'Registry unavailable',
    detail: 'The broker could not consult its database lately enough to decide.',
    hint: 'Retry after the time given. If it lasts, look at /readyz and at the database.',
  }),
  tenant_disabled: ({ tenant }) => ({
    status: 409,
    title: 'Tenant disabled',
    detail: `The tenant "${tenant}" is disabled.`,
    hint: 'An operator disabled it; only an operator can enable it again.',
  }),
  permission_not_declared: ({ tenant, permissions }) => ({
    status: 409,
    title: 'Permission not declared',
    detail: `No application of "${tenant}" declares ${permissions.join(', ')}.`,
    hint: 'Add the permission to the app registration in Entra and to the application here, then renew consent.',
  }),
  consent_missing: ({ tenant, application, permissions }) => ({
    status: 409,
    title: 'Consent missing',
    detail: `The directory of "${tenant}" has not granted ${permissions.join(', ')} to "${application}".`,
    hint: "Send `admin_consent_url` to the customer's administrator, then retry.",
  }),
  roles_unverifiable: ({ application }) => ({
    status: 409,
    title: 'Roles unverifiable',
    detail: `What the token of "${application}" carries cannot be read, so it cannot be checked.`,
    hint: 'To hand such tokens out unchecked, set `role_check: warn` on the tenant and `excess: allow` on the grant.',
  }),
  domain_not_found: ({ domain }) => ({
    status: 409,
    title: 'Domain not found',
    detail: `Entra knows no directory that has verified the domain "${domain}".`,
    hint: "Check its spelling and the cloud, or give the directory's GUID as `directory_id`.",
  }),
  credential_expired: ({ at }) => ({
    status: 424,
    title: 'Credential expired',
    detail: `The credential that signs expired at ${at}.`,
    hint: 'Add a new credential, make it known to the app registration and activate it.',
  }),
  credential_not_yet_valid: ({ at }) => ({
    status: 424,
    title: 'Credential not yet valid',
    detail: `The credential that signs is valid from ${at} on.`,
    hint: "Look at the clock of the broker's machine, or activate another credential until then.",
  }),
  certificate_refused: ({ detail, hint }) => ({ status: 400, title: 'Certificate refused', detail, hint }),
  verification_inconclusive: ({ attempts }) => ({
    status: 409,
    title: 'Credential not verified',
    detail:
      attempts.length === 0
        ? 'The application has no tenant yet in whose directory the credential could be tried.'
        : `No directory could say whether the credential works (${attempts.join('; ')}).`,
    hint: 'Register a tenant that has consented, or send `verify: false` to activate without a trial.',
  }),
  not_ready: ({ reasons }) => ({
    status: 503,
    title: 'Not ready',
    detail: `This replica should get no requests: ${reasons.join('; ')}.`,
  }),
  overloaded: () => ({
    status: 503,
    title: 'Overloaded',
    detail: 'This replica has more to do than it can, so it did not look at the request.',
    hint: 'Retry after the time given. If it lasts, add replicas, or look for who asks too often.',
  }),
  audit_unavailable: () => ({
    status: 503,
    title: 'Audit unavailable',
    detail: 'The audit log does not take lines, so nothing is handed out.',
    hint: 'Free space where the audit log is written, or mend its sink.',
  }),
}

/** `code` apart, so that the compiler sees that the failure fits its entry. */
export function textOf<Code extends keyof FailureByCode>(
  code: Code,
  failure: FailureByCode[Code],
): ProblemText {
  return texts[code](failure)
}

const mostListed = 5

function listSome(names: readonly string[]): string {
  const rest = names.length - mostListed
  return `${names.slice(0, mostListed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
