import Type, { type Static } from 'typebox'

export const SettingsChange = Type.Object(
  {
    /** Up to 24 hours, as Entra's long-lived tokens; `expires_in` is one second less. */
    token_lifetime_seconds: Type.Optional(Type.Integer({ minimum: 2, maximum: 86_400 })),
    /** How long a consent or a certificate takes until it is seen. */
    consent_delay_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    key_upload_delay_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    /** Tokens carry no roles whatever was granted. */
    tokens_without_roles: Type.Optional(Type.Boolean()),
    /** Tokens are no JWTs: only the sandbox itself can read them. */
    opaque_tokens: Type.Optional(Type.Boolean()),
    /** What a registered application that is not in the directory is answered. */
    absent_application_code: Type.Optional(Type.Union([Type.Literal(700016), Type.Literal(7000229)])),
  },
  { additionalProperties: false },
)
export type SettingsChange = Static<typeof SettingsChange>
export type Settings = Readonly<Required<SettingsChange>>

export const defaultSettings: Settings = {
  token_lifetime_seconds: 3600,
  consent_delay_ms: 0,
  key_upload_delay_ms: 0,
  tokens_without_roles: false,
  opaque_tokens: false,
  absent_application_code: 700016,
}
