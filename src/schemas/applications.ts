import Type from 'typebox'
import { credentialStates, signingAlgorithms } from '../domain/application.ts'
import {
  Closed,
  CloudName,
  Guid,
  HttpsUrl,
  NextPageToken,
  PageQuery,
  PermissionName,
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
  display_name: Type.String({ minLength: 1, maxLength: 120, examples: ['Contoso Sync'] }),
  support_url: Type.Optional(HttpsUrl),
  return_url: Type.Optional(HttpsUrl),
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

/** A subset of RFC 4514 that no parser reads in two ways. */
const Subject = Type.String({
  pattern: '^CN=[A-Za-z0-9 ._-]{1,64}$',
  description: 'The subject of the certificate.',
  examples: ['CN=contoso-sync'],
})

const Generated = Closed(
  {
    type: Words(['certificate']),
    source: Words(['generated']),
    key_size: Type.Optional(Type.Unsafe<2048 | 3072 | 4096>({ type: 'integer', enum: [2048, 3072, 4096] })),
    subject: Type.Optional(Subject),
    validity_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 730 })),
  },
  {
    title: 'Generated',
    description: 'A new key pair with a self-signed certificate. The key goes to Key Vault.',
  },
)

const Pem = Closed(
  {
    type: Words(['certificate']),
    source: Words(['pem']),
    certificate: Type.String({ minLength: 1, maxLength: 65536, description: 'PEM, its chain after it.' }),
    private_key: Type.String({
      minLength: 1,
      maxLength: 65536,
      description: 'PEM, PKCS#8 or PKCS#1, unencrypted.',
    }),
  },
  { title: 'PEM', description: 'A certificate and key that you made. The key goes to Key Vault.' },
)

/** Told apart by `source`, so that a fault is reported for the form that was meant and not for all of them. */
export const CredentialRequest = Type.Unsafe<Type.Static<typeof Generated> | Type.Static<typeof Pem>>({
  $id: 'CredentialRequest',
  type: 'object',
  required: ['source'],
  discriminator: { propertyName: 'source' },
  oneOf: [Generated, Pem],
  examples: [{ type: 'certificate', source: 'generated', validity_days: 365 }],
})
export type CredentialRequest = Type.Static<typeof CredentialRequest>

export const CredentialPatch = Closed(
  {
    state: Words(['active', 'retired']),
    verify: Type.Optional(
      Type.Boolean({
        description:
          'Whether a trial token is had before activation; true where not given. False skips the trial.',
      }),
    ),
  },
  { $id: 'CredentialPatch', examples: [{ state: 'active' }] },
)
export type CredentialPatch = Type.Static<typeof CredentialPatch>

export const CredentialResponse = Closed(
  {
    id: Type.String({ examples: ['3f2a9c41'] }),
    type: Words(['certificate']),
    source: Words(['generated', 'pem']),
    state: Words(credentialStates, {
      description:
        '`pending`: kept, and not used. `active`: signs; the newest one first. `retired`: no longer used.',
    }),
    thumbprint_sha1: Type.String({ description: "Upper-case hex, as Entra's portal shows it." }),
    thumbprint_sha256: Type.String({ description: 'base64url, as `x5t#S256` carries it.' }),
    not_before: Timestamp,
    expires_at: Timestamp,
    certificate: Type.String({
      description: 'The public part as PEM, ready to upload to the app registration.',
    }),
    key_vault: Closed({ name: Type.String(), version: Type.String() }),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  {
    $id: 'Credential',
    description: 'What proves the application to Entra. The private key is in Key Vault alone.',
  },
)
export type CredentialResponse = Type.Static<typeof CredentialResponse>

export const CredentialList = Closed(
  {
    items: Type.Array(Type.Unsafe<CredentialResponse>(Type.Ref('Credential'))),
    next_page_token: NextPageToken,
  },
  { $id: 'CredentialList' },
)

export const CredentialQuery = Closed({
  ...PageQuery.properties,
  expires_before: Type.Optional(
    Type.Unsafe<string>({ ...Timestamp, description: 'Those that expire before this time.' }),
  ),
})

export const CredentialListing = Closed(
  {
    items: Type.Array(
      Closed({ application: Slug, credential: Type.Unsafe<CredentialResponse>(Type.Ref('Credential')) }),
    ),
    next_page_token: NextPageToken,
  },
  { $id: 'CredentialListing', description: 'Credentials of all applications.' },
)
