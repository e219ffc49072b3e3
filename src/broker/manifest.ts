import { findPermission, resourceAppId } from '../catalogue/catalogue.ts'
import type { Application } from '../domain/application.ts'
import type { Credential } from '../domain/credential.ts'
import { formatPermission, type Permission, resources } from '../domain/permission.ts'

/** What has to stand in the app registration, in the words of Microsoft Graph's `application` resource. */
export interface ApplicationManifest {
  readonly displayName: string
  readonly signInAudience: 'AzureADMultipleOrgs'
  readonly web: { readonly redirectUris: string[] }
  readonly requiredResourceAccess: readonly {
    readonly resourceAppId: string
    readonly resourceAccess: readonly { readonly id: string; readonly type: 'Role' }[]
  }[]
  readonly keyCredentials: readonly KeyCredentialEntry[]
}

export interface KeyCredentialEntry {
  readonly displayName: string
  readonly type: 'AsymmetricX509Cert'
  readonly usage: 'Verify'
  /** The SHA-1 thumbprint in upper-case hex, as Entra's portal shows it. */
  readonly customKeyIdentifier: string
  readonly startDateTime: string
  readonly endDateTime: string
  /** The certificate as base64 of its DER. */
  readonly key: string
}

/** The manifest of an application: its declared permissions by role id, and the certificates that it may use. */
export function applicationManifest(application: Application, redirectUri: string): ApplicationManifest {
  const byResource = Map.groupBy(application.permissions, ({ resource }) => resource)
  return {
    displayName: application.displayName,
    signInAudience: 'AzureADMultipleOrgs',
    web: { redirectUris: [redirectUri] },
    requiredResourceAccess: resources.flatMap((resource) => {
      const roles = byResource.get(resource) ?? []
      if (roles.length === 0) return []
      return [{ resourceAppId: resourceAppId(resource), resourceAccess: roles.map(toRole) }]
    }),
    keyCredentials: application.credentials.flatMap((credential) => toKeyCredential(application, credential)),
  }
}

function toRole(permission: Permission) {
  const found = findPermission(formatPermission(permission))
  if (found === undefined) throw new Error(`the catalogue lacks ${formatPermission(permission)}`)
  return { id: found.id, type: 'Role' as const }
}

/** A retired one has no business in the registration any more, and a client secret has no public part. */
function toKeyCredential(application: Application, credential: Credential): readonly KeyCredentialEntry[] {
  if (credential.state === 'retired' || credential.type === 'client_secret') return []
  return [
    {
      displayName: `${application.id}/${credential.id}`,
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
      customKeyIdentifier: credential.thumbprintSha1,
      startDateTime: credential.notBefore,
      endDateTime: credential.expiresAt,
      key: leafOf(credential.certificatePem),
    },
  ]
}

function leafOf(pem: string): string {
  const [, body = ''] = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(pem) ?? []
  return body.replaceAll(/\s/g, '')
}
