import type { Application, Credential } from '../domain/application.ts'
import type { CredentialFailure, Failure } from '../domain/failure.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { CertificateBundle, CertificateOrder, Certificates, KeyCustody } from './ports.ts'
import { type Actor, isoNow, type Registration } from './registration.ts'

export interface CredentialOptions extends Registration {
  readonly certificates: Certificates
  readonly custody: KeyCustody
}

export type NewCredential =
  | ({ readonly source: 'generated' } & CertificateOrder)
  | { readonly source: 'pem'; readonly certificate: string; readonly privateKey: string }

/** The credential of an application, with the revision of the application that it is part of. */
export interface StoredCredential {
  readonly application: Application
  readonly credential: Credential
}

/**
 * Keeps a certificate and its key as a `pending` credential. The vault comes first and the row second: a row
 * never names a key that is not there, and what a crash leaves in the vault is found again by its tags.
 */
export async function createCredential(
  options: CredentialOptions,
  actor: Actor,
  applicationId: string,
  input: NewCredential,
): Promise<Result<StoredCredential, Failure>> {
  const { registry, custody, random } = options
  const current = await registry.current()
  if (!current.ok) return current
  const application = current.value.application(applicationId)
  if (application === undefined) return fail({ code: 'not_found', kind: 'application', id: applicationId })

  const bundle = await prepare(options.certificates, input)
  if (!bundle.ok) return bundle
  const uid = random.uuid()
  const kept = await custody.store({
    name: `gtb-${uid}`,
    pem: `${bundle.value.privateKeyPem}${bundle.value.certificatePem}`,
    expiresAt: bundle.value.expiresAt,
    tags: { 'created-by': 'graph-token-broker', application: application.uid, credential: uid },
  })
  if (!kept.ok) return kept
  return insert(options, actor, applicationId, {
    uid,
    source: input.source,
    bundle: bundle.value,
    kept: kept.value,
  })
}

async function prepare(
  certificates: Certificates,
  input: NewCredential,
): Promise<Result<CertificateBundle, CredentialFailure>> {
  if (input.source === 'generated') return ok(await certificates.generate(input))
  return certificates.read(input.certificate, input.privateKey)
}

interface Kept {
  readonly uid: string
  readonly source: Credential['source']
  readonly bundle: CertificateBundle
  readonly kept: { readonly name: string; readonly version: string }
}

function insert(
  { registry, clock }: Registration,
  actor: Actor,
  applicationId: string,
  { uid, source, bundle, kept }: Kept,
): Promise<Result<StoredCredential, Failure>> {
  const { privateKeyPem: _, ...publicPart } = bundle
  return registry.commit(async (transaction) => {
    const application = await transaction.application(applicationId)
    if (application === undefined) return fail({ code: 'not_found', kind: 'application', id: applicationId })
    const now = isoNow(clock)
    const credential: Credential = {
      ...publicPart,
      uid,
      id: uid.slice(0, 8),
      type: 'certificate',
      source,
      state: 'pending',
      vaultName: kept.name,
      vaultVersion: kept.version,
      createdAt: now,
      updatedAt: now,
    }
    const changed: Application = {
      ...application,
      credentials: [...application.credentials, credential],
      revision: transaction.revision,
    }
    await transaction.saveApplication(changed)
    await transaction.recordChange(actor, {
      action: 'credential.created',
      target: `applications/${applicationId}/credentials/${credential.id}`,
      after: { source, thumbprint_sha1: credential.thumbprintSha1, vault_name: kept.name, state: 'pending' },
    })
    return ok({ application: changed, credential })
  })
}
