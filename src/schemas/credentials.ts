import Type from 'typebox'
import { certificateSources, credentialStates } from '../domain/credential.ts'
import { Closed, NextPageToken, PageQuery, Slug, Timestamp, Words } from './common.ts'

export const CredentialResponse = Closed(
  {
    id: Type.String({ examples: ['3f2a9c41'] }),
    type: Words(['certificate', 'key', 'client_secret'], {
      description:
        '`certificate`: its key is a secret of Key Vault. `key`: a key of Key Vault that signs there. ' +
        '`client_secret`: a secret that Entra made.',
    }),
    source: Words([...certificateSources, 'value'], {
      description:
        'How it came: made or brought as a file or value, or `key_vault` where it was there already.',
    }),
    state: Words(credentialStates, {
      description:
        '`pending`: kept, and not used. `active`: signs; the newest one first. `retired`: no longer used.',
    }),
    compromised: Type.Optional(Type.Boolean({ description: 'True where it was retired as such.' })),
    thumbprint_sha1: Type.Optional(
      Type.String({ description: "Upper-case hex, as Entra's portal shows it." }),
    ),
    thumbprint_sha256: Type.Optional(Type.String({ description: 'base64url, as `x5t#S256` carries it.' })),
    not_before: Type.Optional(Timestamp),
    expires_at: Timestamp,
    certificate: Type.Optional(
      Type.String({ description: 'The public part as PEM, ready to upload to the app registration.' }),
    ),
    key_vault: Closed(
      { name: Type.String(), version: Type.String() },
      { description: 'The secret or key that it is, at the version that is used.' },
    ),
    activated_at: Type.Optional(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  {
    $id: 'Credential',
    description: 'What proves the application to Entra. Its private part is in Key Vault alone.',
  },
)
export type CredentialResponse = Type.Static<typeof CredentialResponse>

const Credential = Type.Unsafe<CredentialResponse>(Type.Ref('Credential'))

export const CredentialList = Closed(
  { items: Type.Array(Credential), next_page_token: NextPageToken },
  { $id: 'CredentialList' },
)

export const CredentialQuery = Closed({
  ...PageQuery.properties,
  expires_before: Type.Optional(
    Type.Unsafe<string>({ ...Timestamp, description: 'Those that expire before this time.' }),
  ),
  state: Type.Optional(Words(credentialStates, { description: 'Those in this state.' })),
})

export const CredentialListing = Closed(
  {
    items: Type.Array(Closed({ application: Slug, credential: Credential })),
    next_page_token: NextPageToken,
  },
  { $id: 'CredentialListing', description: 'Credentials of all applications.' },
)
