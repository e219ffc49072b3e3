import Type from 'typebox'
import { Closed, Timestamp, Words } from './common.ts'

/** Characters; the body as a whole has the same limit in bytes. */
const longest = 65_536

/** A subset of RFC 4514 that no parser reads in two ways. */
const Subject = Type.String({
  pattern: '^CN=[A-Za-z0-9 ._-]{1,64}$',
  description: 'The subject of the certificate.',
  examples: ['CN=contoso-sync'],
})

/** RFC 7468; what it holds is read by a parser of its own, away from here. */
const Pem = (description: string) => Type.String({ minLength: 1, maxLength: longest, description })

const Password = Type.Optional(
  Type.String({ maxLength: 1024, description: 'Of the private key, where it has one.' }),
)

const VaultName = Type.String({
  pattern: '^[0-9A-Za-z-]{1,127}$',
  description: 'Its name in Key Vault.',
  examples: ['contoso-sync'],
})

const VaultVersion = Type.Optional(
  Type.String({
    pattern: '^[0-9A-Za-z]{1,64}$',
    description: 'The version to pin; the latest where not given.',
  }),
)

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

const FromPem = Closed(
  {
    type: Words(['certificate']),
    source: Words(['pem']),
    certificate: Pem('PEM, its chain after it.'),
    private_key: Pem('PEM, PKCS#8 or PKCS#1; with `password` where it is encrypted.'),
    password: Password,
  },
  { title: 'PEM', description: 'A certificate and key that you made. The key goes to Key Vault.' },
)

const FromPkcs12 = Closed(
  {
    type: Words(['certificate']),
    source: Words(['pkcs12']),
    pkcs12: Type.String({ minLength: 1, maxLength: longest, description: 'The PFX or P12 file as base64.' }),
    password: Password,
  },
  { title: 'PKCS#12', description: 'A certificate and key in one file. They go to Key Vault as PEM.' },
)

const FromKeyVault = Closed(
  {
    type: Words(['certificate']),
    source: Words(['key_vault']),
    name: VaultName,
    version: VaultVersion,
  },
  {
    title: 'Key Vault certificate or secret',
    description:
      'What is in the vault already, with an exportable key: nothing is copied and the version is pinned. A version ' +
      'that Key Vault makes later becomes a `pending` credential by itself.',
  },
)

/** Told apart by `source`, so that a fault is reported for the form that was meant and not for all of them. */
const Certificate = Type.Unsafe<
  | Type.Static<typeof Generated>
  | Type.Static<typeof FromPem>
  | Type.Static<typeof FromPkcs12>
  | Type.Static<typeof FromKeyVault>
>({
  title: 'Certificate',
  type: 'object',
  properties: { type: Words(['certificate']) },
  required: ['type', 'source'],
  discriminator: { propertyName: 'source' },
  oneOf: [Generated, FromPem, FromPkcs12, FromKeyVault],
})

const Key = Closed(
  {
    type: Words(['key']),
    name: VaultName,
    version: VaultVersion,
    certificate: Pem('The certificate of the key as PEM: what Entra is given.'),
  },
  {
    title: 'Key Vault key',
    description:
      'A key that signs inside the vault and never leaves it, not even for the broker. Needs the role Key Vault ' +
      'Crypto User.',
  },
)

const ClientSecret = Closed(
  {
    type: Words(['client_secret']),
    value: Type.String({
      pattern: '^[\\x21-\\x7e]{1,256}$',
      description:
        "The secret's value (not its id), as Entra showed it when it was made. It goes to Key Vault.",
    }),
    expires_at: Type.Unsafe<string>({ ...Timestamp, description: 'When it expires in Entra.' }),
  },
  {
    title: 'Client secret',
    description: 'Prefer a certificate: a secret travels with each request to Entra.',
  },
)

/** Told apart by `type`, and certificates by `source`. */
export const CredentialRequest = Type.Unsafe<
  Type.Static<typeof Certificate> | Type.Static<typeof Key> | Type.Static<typeof ClientSecret>
>({
  $id: 'CredentialRequest',
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [Certificate, Key, ClientSecret],
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
    compromised: Type.Optional(
      Type.Boolean({
        description:
          'With `retired`: somebody else may have it, so no token that was had before is served again, on any ' +
          'replica. What was handed out stays valid at Microsoft until it expires: remove the credential from the ' +
          'app registration too.',
      }),
    ),
  },
  { $id: 'CredentialPatch', examples: [{ state: 'active' }] },
)
export type CredentialPatch = Type.Static<typeof CredentialPatch>
