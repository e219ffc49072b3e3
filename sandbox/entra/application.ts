import { formatPermission, type Permission } from '../../src/domain/permission.ts'
import { fail, ok, type Result } from '../../src/domain/result.ts'
import { readCertificate, type UploadedCertificate } from './certificate.ts'
import { createDelayed, type Delayed } from './delayed.ts'

export interface ApplicationSecret {
  readonly value: string
  /** Unix time in milliseconds; never where it is absent. */
  readonly expiresAt?: number
}

/** An app registration. */
export interface Application {
  readonly clientId: string
  readonly displayName: string
  readonly disabled: boolean
  readonly certificates: Delayed<readonly UploadedCertificate[]>
  readonly secrets: readonly ApplicationSecret[]
  readonly requiredRoles: readonly Permission[]
  readonly redirectUris: readonly string[]
}

/** What a person changes in the portal; members that are absent stay as they are. */
export interface ApplicationChange {
  readonly displayName?: string
  readonly disabled?: boolean
  /** Certificates as PEM: all of them, in place of those before. */
  readonly certificates?: readonly string[]
  readonly secrets?: readonly ApplicationSecret[]
  readonly requiredRoles?: readonly Permission[]
  readonly redirectUris?: readonly string[]
}

/** `visibleAt` is the moment from which new certificates count. */
export function changeApplication(
  clientId: string,
  previous: Application | undefined,
  { certificates, ...change }: ApplicationChange,
  visibleAt: number,
): Result<Application, 'invalid_certificate'> {
  const uploaded = certificates?.map(readCertificate)
  if (uploaded?.includes(undefined)) return fail('invalid_certificate')
  const application: Application = {
    displayName: clientId,
    disabled: false,
    certificates: createDelayed(),
    secrets: [],
    requiredRoles: [],
    redirectUris: [],
    ...previous,
    ...change,
    clientId,
  }
  if (uploaded !== undefined) {
    const readable = uploaded.filter((certificate) => certificate !== undefined)
    application.certificates.set(readable, visibleAt)
  }
  return ok(application)
}

/** What may be shown of it: thumbprints, and only the number of its secrets. */
export function summarize(application: Application) {
  return {
    client_id: application.clientId,
    display_name: application.displayName,
    disabled: application.disabled,
    certificates: (application.certificates.latest() ?? []).map((certificate) => ({
      thumbprint_sha1: certificate.sha1,
      thumbprint_sha256: certificate.x5tS256,
      not_before: new Date(certificate.notBefore).toISOString(),
      expires_at: new Date(certificate.notAfter).toISOString(),
    })),
    secret_count: application.secrets.length,
    required_roles: application.requiredRoles.map(formatPermission),
    redirect_uris: application.redirectUris,
  }
}

export type ApplicationSummary = ReturnType<typeof summarize>
