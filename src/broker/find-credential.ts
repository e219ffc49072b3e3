import type { Application } from '../domain/application.ts'
import type { Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { StoredCredential } from './create-credential.ts'

/** A credential by the slugs of its path. */
export interface CredentialReference {
  readonly application: string
  readonly credential: string
}

/** The credential, if its application is still at this revision; any revision where none is given. */
export function findCredential(
  application: Application | undefined,
  reference: CredentialReference,
  ifRevision: number | undefined,
): Result<StoredCredential, Failure> {
  if (application === undefined)
    return fail({ code: 'not_found', kind: 'application', id: reference.application })
  const credential = application.credentials.find(({ id }) => id === reference.credential)
  if (credential === undefined)
    return fail({ code: 'not_found', kind: 'credential', id: reference.credential })
  if (ifRevision !== undefined && application.revision !== ifRevision)
    return fail({ code: 'precondition_failed' })
  return ok({ application, credential })
}
