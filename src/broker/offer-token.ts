import type { Application } from '../domain/application.ts'
import type { EntraReference, Failure } from '../domain/failure.ts'
import { formatPermission, type Resource } from '../domain/permission.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { TokenFacts } from '../domain/token.ts'
import { type Authorisation, targetOf } from './authorise.ts'
import { describeIssued } from './issued-text.ts'
import { judgeRoles, type RoleJudgement } from './judge-roles.ts'
import type { Acquired, HeldToken, TokenCache } from './token-cache.ts'
import type { TokenNeed } from './token-need.ts'

/** One application that may serve, and at most one more if its token turns out not to cover. */
const mostCandidates = 2

export interface IssuedToken {
  /** Its text, of its own: the cache may drop the token before it is sent. */
  readonly accessToken: string
  readonly token: TokenFacts
  readonly tenant: Tenant
  readonly application: Application
  readonly resource: Resource
  readonly roles: RoleJudgement
  readonly origin: HeldToken['origin']
  /** What the reply and the audit line both say of it: the same text each time that the same words hit. */
  readonly text: string
}

export interface OfferOptions {
  readonly cache: TokenCache
  readonly consentUrl: (tenant: Tenant, application: Application) => string
}

interface Offer {
  readonly held: HeldToken
  readonly application: Application
  /** Undefined where the roles cannot be read. */
  readonly roles: RoleJudgement | undefined
}

type Issued = Result<IssuedToken, Failure>

/**
 * What a held token was handed out as. Not the token itself: decisions are remembered for longer than the cache may
 * keep it.
 */
export interface Offered extends Pick<IssuedToken, 'roles' | 'text'> {
  /** Of the token in its entry. */
  readonly serial: number
}

/**
 * What can be answered at once: the held token of the first application, if it covers what is wanted. Undefined
 * where something must be waited for.
 */
export function offerHeld(cache: TokenCache, authorised: Authorisation, need: TokenNeed): Issued | undefined {
  const held = cache.held(authorised, need)
  if (held === undefined) return undefined
  const { token, serial } = held
  const { offered, tenant, first: application, wanted } = authorised
  if (offered?.serial === serial) {
    const { roles, text } = offered
    const accessToken = token.read()
    const { resource } = wanted
    return ok({ accessToken, token, origin: 'hit', tenant, application, resource, roles, text })
  }
  const judged = judgeRoles(token, wanted, authorised.entitlement)
  if (judged !== undefined && judged.missing.length > 0) return undefined
  const offer = handOut(
    { held: { token: token.copy(), origin: 'hit' }, application, roles: judged },
    authorised,
  )
  if (offer.ok) authorised.offered = { serial, roles: offer.value.roles, text: offer.value.text }
  return offer
}

/**
 * A token of the first application that covers what is wanted. An application that is not in the directory, or
 * whose token lacks a role, lets one more be tried; every other failure ends the search, because a broader
 * application must never stand in for a narrow one whose credential failed.
 */
export async function offerToken(
  options: OfferOptions,
  authorised: Authorisation,
  need: TokenNeed,
): Promise<Issued> {
  const { tenant, wanted } = authorised
  let lacking: Offer | undefined
  let absent: { readonly application: Application; readonly reference: EntraReference } | undefined

  for (const application of authorised.applications.slice(0, mostCandidates)) {
    const acquired = await acquireCovering(options.cache, authorised, application, need)
    if (acquired.ok) {
      const roles = judgeRoles(acquired.value.token, wanted, authorised.entitlement)
      const offer = { held: acquired.value, application, roles }
      if (roles === undefined || roles.missing.length === 0) return handOut(offer, authorised)
      lacking ??= offer
    } else if (acquired.failure.code === 'application_not_in_directory') {
      absent ??= { application, reference: acquired.failure }
    } else {
      return acquired
    }
  }

  if (lacking !== undefined && tenant.roleCheck === 'warn') return handOut(lacking, authorised)
  const application = lacking?.application ?? absent?.application
  if (application === undefined) throw new Error('an authorised request had no application to try')
  return fail({
    code: 'consent_missing',
    tenant: tenant.id,
    application: application.id,
    permissions: lacking?.roles?.missing ?? wanted.permissions.map(formatPermission),
    adminConsentUrl: options.consentUrl(tenant, application),
    ...(lacking === undefined ? reference(absent?.reference) : {}),
  })
}

/** A token of this application; a newer one where the held one lacks roles that may have been granted since. */
async function acquireCovering(
  cache: TokenCache,
  { wanted, tenant, entitlement, first, target: firstTarget }: Authorisation,
  application: Application,
  need: TokenNeed,
): Promise<Acquired> {
  const target = application === first ? firstTarget : targetOf(tenant, application, wanted.resource)
  const acquired = await cache.acquire(target, need)
  if (!acquired.ok) return acquired
  const roles = judgeRoles(acquired.value.token, wanted, entitlement)
  if (roles === undefined || roles.missing.length === 0) return acquired
  const newer = await cache.reissue(target, acquired.value.token)
  return newer?.ok ? newer : acquired
}

function handOut({ held, application, roles }: Offer, authorised: Authorisation): Issued {
  const { wanted, tenant, entitlement } = authorised
  const { token, origin } = held
  const { resource } = wanted
  const issue = (judged: RoleJudgement) => {
    const text = describeIssued(tenant, application, token)
    const { value: accessToken } = token
    return ok({ accessToken, token, origin, tenant, application, resource, roles: judged, text })
  }
  if (roles === undefined) {
    // Roles nobody can read may be too few or too many: both checks must have been waived.
    const waived = tenant.roleCheck === 'warn' && entitlement.excess === 'allow'
    if (!waived) return fail({ code: 'roles_unverifiable', tenant: tenant.id, application: application.id })
    const scope = wanted.permissions.map(formatPermission)
    return issue({ scope, granted: [], missing: [], excess: [] })
  }
  if (roles.excess.length > 0 && entitlement.excess === 'refuse') {
    const permissions = roles.excess
    return fail({ code: 'excess_permissions', tenant: tenant.id, application: application.id, permissions })
  }
  return issue(roles)
}

function reference({ traceId, correlationId }: EntraReference = {}): EntraReference {
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(correlationId === undefined ? {} : { correlationId }),
  }
}
