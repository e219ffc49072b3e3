import Type from 'typebox'
import { signingAlgorithms } from '../domain/application.ts'
import {
  Closed,
  CloudName,
  Guid,
  HttpsUrl,
  NextPageToken,
  PermissionName,
  ReturnUrl,
  Slug,
  Timestamp,
  Words,
} from './common.ts'

const SigningAlgorithm = Words(signingAlgorithms, {
  description: 'How assertions are signed. `RS256` is for registrations that PS256 fails for.',
})

const declared = {
  id: Slug,
  client_id: Type.Unsafe<string>({
    ...Guid,
    description: 'The application (client) id of the app registration.',
  }),
  display_name: Type.String({
    minLength: 1,
    maxLength: 120,
    description: "What the customers' administrators know it by.",
    examples: ['Contoso Sync'],
  }),
  support_url: Type.Optional(HttpsUrl),
  return_url: Type.Optional(ReturnUrl),
  permissions: Type.Array(PermissionName, {
    maxItems: 100,
    description: 'The application permissions that the app registration declares.',
  }),
}

export const ApplicationRequest = Closed(
  { ...declared, cloud: Type.Optional(CloudName), signing_alg: Type.Optional(SigningAlgorithm) },
  {
    $id: 'ApplicationRequest',
    examples: [
      {
        id: 'sync',
        client_id: '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
        display_name: 'Contoso Sync',
        permissions: ['Mail.Read', 'Calendars.ReadWrite'],
      },
    ],
  },
)
export type ApplicationRequest = Type.Static<typeof ApplicationRequest>

/** For PUT, where the path names the record; an `id` in the body must be the same. */
export const ApplicationReplacement = Closed(
  {
    ...declared,
    id: Type.Optional(Slug),
    cloud: Type.Optional(CloudName),
    signing_alg: Type.Optional(SigningAlgorithm),
  },
  {
    $id: 'ApplicationReplacement',
    examples: [
      {
        client_id: '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
        display_name: 'Contoso Sync',
        permissions: ['Mail.Read', 'Calendars.ReadWrite'],
      },
    ],
  },
)

export const ApplicationResponse = Closed(
  {
    ...declared,
    cloud: CloudName,
    signing_alg: SigningAlgorithm,
    redirect_uri: Type.String({
      description: 'Register this redirect URI (platform "Web") in the app registration.',
    }),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Application', description: 'An app registration of Microsoft Entra that the broker acts as.' },
)
export type ApplicationResponse = Type.Static<typeof ApplicationResponse>

export const ApplicationList = Closed(
  {
    items: Type.Array(Type.Unsafe<ApplicationResponse>(Type.Ref('Application'))),
    next_page_token: NextPageToken,
  },
  { $id: 'ApplicationList' },
)
