import type { Application, SigningAlgorithm } from '../domain/application.ts'
import type { CloudName } from '../domain/cloud.ts'
import type { Failure } from '../domain/failure.ts'
import { formatPermission } from '../domain/permission.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

export interface NewApplication {
  readonly id: string
  readonly clientId: string
  readonly cloud: CloudName
  readonly displayName: string
  readonly supportUrl?: string
  readonly returnUrl?: string
  /** Names: `Mail.Read`, `outlook:IMAP.AccessAsApp`. */
  readonly permissions: readonly string[]
  readonly signingAlg: SigningAlgorithm
}

export async function createApplication(
  { registry, clock, random }: Registration,
  actor: Actor,
  { permissions: names, ...input }: NewApplication,
): Promise<Result<Application, Failure>> {
  const faults = new Faults()
  faults.id(input.id)
  const permissions = faults.permissions('/permissions', names)
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit(async (transaction) => {
    if ((await transaction.application(input.id)) !== undefined) {
      return fail({ code: 'already_exists', kind: 'application', member: 'id', value: input.id })
    }
    const clientId = input.clientId.toLowerCase()
    if ((await transaction.applicationByClientId(input.cloud, clientId)) !== undefined) {
      return fail({ code: 'already_exists', kind: 'application', member: 'client_id', value: clientId })
    }
    const now = isoNow(clock)
    const application: Application = {
      ...input,
      clientId,
      permissions,
      uid: random.uuid(),
      credentials: [],
      epoch: await transaction.nextEpoch(),
      revision: transaction.revision,
      createdAt: now,
      updatedAt: now,
    }
    await transaction.insertApplication(application)
    await transaction.recordChange(actor, {
      action: 'application.created',
      target: `applications/${application.id}`,
      after: { ...input, client_id: clientId, permissions: permissions.map(formatPermission) },
    })
    return ok(application)
  })
}
