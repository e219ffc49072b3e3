import type { Failure } from '../domain/failure.ts'
import { fail, type Result } from '../domain/result.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { TenantDocument } from './documents.ts'
import type { DirectoryFinder } from './ports.ts'
import type { Precondition, Put } from './put.ts'
import { putTenant, sharedCloud } from './put-tenant.ts'
import { type Actor, Faults, type Registration } from './registration.ts'

/** A tenant as operators name it: the directory by its GUID, or by a domain that it has verified. */
export interface NamedTenant extends Omit<TenantDocument, 'directory_id'> {
  readonly directory_id?: string
  readonly domain?: string
}

export interface TenantRegistration {
  readonly registration: Registration
  readonly directories: DirectoryFinder
}

/** Creates or replaces a tenant. Of a domain only the directory is kept: domains move, directories do not. */
export async function registerTenant(
  options: TenantRegistration,
  actor: Actor,
  { directory_id, domain, ...rest }: NamedTenant,
  precondition: Precondition,
): Promise<Result<Put<Tenant>, Failure>> {
  const { registration } = options
  if (domain === undefined && directory_id !== undefined) {
    return putTenant(registration, actor, { ...rest, directory_id }, precondition)
  }
  if (domain === undefined || directory_id !== undefined) return fail(namingFault(domain))
  const found = await findDirectory(options, rest, domain)
  if (!found.ok) return found
  const put = await putTenant(registration, actor, { ...rest, directory_id: found.value }, precondition)
  return put.ok || put.failure.code !== 'immutable_member' ? put : fail(blameDomain(put.failure))
}

function namingFault(domain: string | undefined): Failure {
  const faults = new Faults()
  if (domain === undefined)
    faults.add('/directory_id', 'Give the directory_id, or a domain of the directory.')
  else
    for (const pointer of ['/directory_id', '/domain']) faults.add(pointer, 'Give one of the two, not both.')
  return faults.failure()
}

/** Whatever can be said of the rest is said before Entra is asked. */
async function findDirectory(
  { registration, directories }: TenantRegistration,
  tenant: Omit<NamedTenant, 'directory_id' | 'domain'>,
  domain: string,
): Promise<Result<string, Failure>> {
  const faults = new Faults()
  faults.id(tenant.id)
  const checked = faults.result()
  if (!checked.ok) return checked
  const current = await registration.registry.current()
  if (!current.ok) return current
  const cloud = await sharedCloud({ application: async (id) => current.value.application(id) }, tenant)
  if (!cloud.ok) return cloud
  return directories.find(cloud.value, domain.toLowerCase())
}

/** The client has sent no `directory_id`. */
function blameDomain(failure: Extract<Failure, { readonly code: 'immutable_member' }>): Failure {
  const faults = failure.faults.map(({ pointer, detail }) => ({
    pointer: pointer === '/directory_id' ? '/domain' : pointer,
    detail,
  }))
  return { ...failure, faults }
}
