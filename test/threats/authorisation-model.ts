/**
 * The rules of authorisation once more, written from their description and not from the code: who may have which
 * token of which application, in the plainest words. It knows nothing of caches, and names are texts.
 */
export interface World {
  readonly callers: readonly WorldCaller[]
  readonly tenants: readonly WorldTenant[]
  readonly applications: readonly WorldApplication[]
}

export interface WorldCaller {
  readonly id: string
  readonly role?: 'caller' | 'operator' | 'auditor'
  readonly enabled?: boolean
  readonly grants: readonly WorldGrant[]
}

export interface WorldGrant {
  readonly tenants: '*' | { readonly ids: readonly string[] } | { readonly labels: Record<string, string> }
  readonly permissions: readonly string[]
  readonly excess?: 'refuse' | 'allow'
}

export interface WorldTenant {
  readonly id: string
  readonly labels?: Record<string, string>
  readonly enabled?: boolean
  readonly role_check?: 'strict' | 'warn'
  readonly applications: readonly string[]
  /** What the administrator granted, by application; an application that is not named is not in the directory. */
  readonly consents: Readonly<Record<string, readonly string[]>>
  /** Nobody can read the roles of its tokens. */
  readonly opaque?: boolean
}

export interface WorldApplication {
  readonly id: string
  readonly permissions: readonly string[]
  /** It cannot prove itself. */
  readonly withoutCredential?: boolean
}

/** What is asked for: the permissions that the scopes stand for, or what is wrong with the scopes. */
export type Ask = { readonly permissions: readonly string[] } | { readonly refused: string }

export interface Decision {
  readonly status: number
  readonly code: string
  readonly application?: string
  /** Which permissions an error is about. */
  readonly permissions?: readonly string[]
  readonly scope?: readonly string[]
  readonly granted?: readonly string[]
  readonly excess?: readonly string[]
  readonly missing?: readonly string[]
}

/** What Microsoft's own descriptions say that a permission allows besides itself. */
const surely: Readonly<Record<string, readonly string[]>> = {
  'Mail.ReadWrite': ['Mail.Read', 'Mail.ReadBasic', 'Mail.ReadBasic.All'],
  'Mail.Read': ['Mail.ReadBasic', 'Mail.ReadBasic.All'],
  'Calendars.ReadWrite': ['Calendars.Read', 'Calendars.ReadBasic.All'],
  'Calendars.Read': ['Calendars.ReadBasic.All'],
}
/** And what it allows by one source alone: enough to find a token that serves, too little to grant by. */
const probably: Readonly<Record<string, readonly string[]>> = {
  ...surely,
  'Mail.ReadWrite': ['Mail.Read', 'Mail.ReadBasic', 'Mail.ReadBasic.All', 'MailTips.ReadBasic.All'],
  'Mail.Read': ['Mail.ReadBasic', 'Mail.ReadBasic.All', 'MailTips.ReadBasic.All'],
  'Mail.ReadBasic.All': ['Mail.ReadBasic'],
}

type Implied = typeof surely

function allowed(names: readonly string[], implied: Implied): Set<string> {
  return new Set([...names, ...names.flatMap((name) => implied[name] ?? [])])
}

function lacking(asked: readonly string[], held: readonly string[], implied: Implied): string[] {
  return asked.filter((name) => !allowed(held, implied).has(name))
}

function isWithin(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size < b.size && [...a].every((name) => b.has(name))
}

const resourceOf = (name: string) => (name.includes(':') ? name.slice(0, name.indexOf(':')) : 'graph')

export function granting(caller: WorldCaller, tenant: WorldTenant): readonly WorldGrant[] {
  return caller.grants.filter(({ tenants }) => {
    if (tenants === '*') return true
    if ('ids' in tenants) return tenants.ids.includes(tenant.id)
    const wanted = Object.entries(tenants.labels)
    return wanted.length > 0 && wanted.every(([name, value]) => tenant.labels?.[name] === value)
  })
}

/** What a token of the application showed of this resource; undefined where there was none, or none to be read. */
function seen({ consents, opaque }: WorldTenant, application: WorldApplication, resource: string) {
  const wasTried = application.permissions.some((name) => resourceOf(name) === resource)
  if (!wasTried || opaque === true || application.withoutCredential === true) return undefined
  return consents[application.id]?.filter((name) => resourceOf(name) === resource)
}

/**
 * Those that cover what is asked for: one that allows less than another before it, then the one with the fewest
 * permissions to spare, then by id. What was seen counts; behind stand those that only declare it.
 */
export function candidates(world: World, tenant: WorldTenant, asked: readonly string[]): string[] {
  const resource = resourceOf(asked[0] ?? '')
  const all = world.applications.filter(({ id }) => tenant.applications.includes(id))
  const declared = (of: WorldApplication) => of.permissions.filter((name) => resourceOf(name) === resource)
  const sorted = (pool: readonly WorldApplication[], held: (of: WorldApplication) => readonly string[]) =>
    pool
      .filter((of) => lacking(asked, held(of), probably).length === 0)
      .map((of) => ({ id: of.id, named: held(of), allows: allowed(held(of), probably) }))
      .sort((a, b) => {
        if (isWithin(a.allows, b.allows)) return -1
        if (isWithin(b.allows, a.allows)) return 1
        const spare = a.allows.size - b.allows.size || a.named.length - b.named.length
        return spare || (a.id < b.id ? -1 : 1)
      })
      .map(({ id }) => id)
  const bySight = sorted(all, (of) => seen(tenant, of, resource) ?? declared(of))
  return [
    ...bySight,
    ...sorted(
      all.filter(({ id }) => !bySight.includes(id)),
      declared,
    ),
  ]
}

/** Who may ask at all; then what was asked; then whether a grant names the tenant and each permission. */
export function refusal(world: World, callerId: string, tenantId: string, ask: Ask): Decision | undefined {
  const caller = world.callers.find(({ id }) => id === callerId)
  if (caller === undefined || caller.enabled === false) return { status: 401, code: 'unauthenticated' }
  if (caller.role === 'auditor') return { status: 403, code: 'role_required' }
  if ('refused' in ask) return { status: 400, code: ask.refused }
  const tenant = world.tenants.find(({ id }) => id === tenantId)
  const grants = tenant === undefined ? [] : granting(caller, tenant)
  if (tenant === undefined || grants.length === 0) return { status: 403, code: 'tenant_not_granted' }
  const may = grants.flatMap(({ permissions }) => permissions)
  const denied = lacking(ask.permissions, may, surely)
  if (denied.length > 0) return { status: 403, code: 'permission_not_granted', permissions: denied }
  if (tenant.enabled === false) return { status: 409, code: 'tenant_disabled' }
  if (candidates(world, tenant, ask.permissions).length === 0)
    return { status: 409, code: 'permission_not_declared', permissions: ask.permissions }
  return undefined
}

/** The whole decision. At most two applications are tried, and the second only where consent is what is missing. */
export function decide(world: World, callerId: string, tenantId: string, ask: Ask): Decision {
  const refused = refusal(world, callerId, tenantId, ask)
  const caller = world.callers.find(({ id }) => id === callerId)
  const tenant = world.tenants.find(({ id }) => id === tenantId)
  if (refused !== undefined || caller === undefined || tenant === undefined || 'refused' in ask)
    return refused ?? { status: 0, code: 'the model has no answer' }
  const { permissions: asked } = ask
  const resource = resourceOf(asked[0] ?? '')
  let short: { readonly application: string; readonly roles: readonly string[] } | undefined
  let absent: string | undefined
  for (const application of candidates(world, tenant, asked).slice(0, 2)) {
    if (world.applications.some(({ id, withoutCredential }) => id === application && withoutCredential))
      return { status: 424, code: 'credential_missing', application }
    const roles = tenant.consents[application]?.filter((name) => resourceOf(name) === resource)
    if (roles === undefined) absent ??= application
    else if (tenant.opaque || lacking(asked, roles, probably).length === 0)
      return handOut(caller, tenant, application, roles, asked)
    else short ??= { application, roles }
  }
  if (short !== undefined && tenant.role_check === 'warn')
    return handOut(caller, tenant, short.application, short.roles, asked)
  const missing = short === undefined ? asked : lacking(asked, short.roles, probably)
  const application = short?.application ?? absent ?? ''
  return { status: 409, code: 'consent_missing', application, missing }
}

function handOut(
  caller: WorldCaller,
  tenant: WorldTenant,
  application: string,
  roles: readonly string[],
  asked: readonly string[],
): Decision {
  const grants = granting(caller, tenant)
  const excessIsAllowed = grants.some(({ excess }) => excess === 'allow')
  if (tenant.opaque === true) {
    if (tenant.role_check !== 'warn' || !excessIsAllowed)
      return { status: 409, code: 'roles_unverifiable', application }
    return { status: 200, code: 'issued', application, scope: asked, granted: [], excess: [], missing: [] }
  }
  const missing = lacking(asked, roles, probably)
  const may = grants.flatMap(({ permissions }) => permissions)
  const excess = lacking(roles, may, surely)
  if (excess.length > 0 && !excessIsAllowed)
    return { status: 403, code: 'excess_permissions', application, permissions: excess }
  const scope = asked.filter((name) => !missing.includes(name))
  return { status: 200, code: 'issued', application, scope, granted: roles, excess, missing }
}
