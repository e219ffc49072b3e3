import type { Application } from '../domain/application.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ApplicationDocument, applicationDocument } from './documents.ts'
import {
  checkImmutable,
  checkPrecondition,
  type Immutable,
  type Precondition,
  type Put,
  saveIfChanged,
} from './put.ts'
import { type Actor, Faults, isoNow, type Registration } from './registration.ts'

const immutable: Immutable<Application> = [
  {
    member: 'clientId',
    pointer: '/client_id',
    reason: 'another client id is another application; register that one.',
  },
  { member: 'cloud', pointer: '/cloud', reason: 'an app registration lives in one cloud.' },
]

/** Creates or replaces an application; writes nothing where nothing changes. Its credentials stay as they are. */
export async function putApplication(
  { registry, clock, random }: Registration,
  actor: Actor,
  document: ApplicationDocument,
  precondition: Precondition,
): Promise<Result<Put<Application>, Failure>> {
  const { id } = document
  const faults = new Faults()
  faults.id(id)
  const fields = {
    id,
    clientId: document.client_id.toLowerCase(),
    cloud: document.cloud ?? 'global',
    displayName: document.display_name,
    ...(document.support_url !== undefined && { supportUrl: document.support_url }),
    ...(document.return_url !== undefined && { returnUrl: document.return_url }),
    permissions: faults.permissions('/permissions', document.permissions),
    signingAlg: document.signing_alg ?? 'PS256',
  } as const
  const checked = faults.result()
  if (!checked.ok) return checked

  return registry.commit<Put<Application>>(async (transaction) => {
    const existing = await transaction.application(id)
    const allowed = checkPrecondition(existing, precondition, { kind: 'application', id })
    if (!allowed.ok) return allowed
    const sameClient = await transaction.applicationByClientId(fields.cloud, fields.clientId)
    if (sameClient !== undefined && sameClient.uid !== existing?.uid) {
      return fail({
        code: 'already_exists',
        kind: 'application',
        member: 'client_id',
        value: fields.clientId,
      })
    }
    const now = isoNow(clock)
    const application: Application = {
      ...fields,
      uid: existing?.uid ?? random.uuid(),
      credentials: existing?.credentials ?? [],
      epoch: existing?.epoch ?? (await transaction.nextEpoch()),
      revision: transaction.revision,
      createdAt: existing?.createdAt ?? now,
      updatedAt: now,
    }
    const kept = checkImmutable(existing, application, immutable)
    if (!kept.ok) return kept
    const put = await saveIfChanged(transaction, actor, {
      kind: 'application',
      existing,
      next: application,
      documentOf: applicationDocument,
      save: () => transaction.saveApplication(application),
    })
    return ok(put)
  })
}
