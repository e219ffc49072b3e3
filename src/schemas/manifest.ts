import Type from 'typebox'
import { Closed, Guid, Timestamp, Words } from './common.ts'

const KeyCredential = Closed({
  displayName: Type.String(),
  type: Words(['AsymmetricX509Cert']),
  usage: Words(['Verify']),
  customKeyIdentifier: Type.String({ description: "SHA-1 thumbprint in hex, as Entra's portal shows it." }),
  startDateTime: Timestamp,
  endDateTime: Timestamp,
  key: Type.String({ description: 'The certificate: base64 of its DER.' }),
})

/** Microsoft's own names, so that it can be sent to Microsoft Graph as it is. */
export const ManifestResponse = Closed(
  {
    displayName: Type.String(),
    signInAudience: Words(['AzureADMultipleOrgs']),
    web: Closed({ redirectUris: Type.Array(Type.String()) }),
    requiredResourceAccess: Type.Array(
      Closed({
        resourceAppId: Guid,
        resourceAccess: Type.Array(Closed({ id: Guid, type: Words(['Role']) })),
      }),
      {
        description:
          'The declared permissions: each API by its application id, each permission by its role id.',
      },
    ),
    keyCredentials: Type.Array(KeyCredential, {
      description:
        'The certificates that are not retired. Sending them replaces all that the registration has.',
    }),
  },
  {
    $id: 'ApplicationManifest',
    description:
      "What the app registration has to hold, as Microsoft Graph's `application`: `az rest --method PATCH --url " +
      '"https://graph.microsoft.com/v1.0/applications(appId=\'{client_id}\')" --body @manifest.json`.',
  },
)
export type ManifestResponse = Type.Static<typeof ManifestResponse>
