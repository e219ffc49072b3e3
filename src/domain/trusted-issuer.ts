/**
 * Signatures by a private key alone (RFC 8725 §3.1): with a shared secret, whoever can verify can also sign, and a
 * public key must never be taken for one.
 */
export const tokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
export type TokenAlgorithm = (typeof tokenAlgorithms)[number]

/** Who may say in a signed JWT who calls: a Kubernetes cluster, an Entra directory, any OpenID provider. */
export interface TrustedIssuer {
  /** Exactly as in `iss`: a trailing slash is another issuer. */
  readonly issuer: string
  /** What the issuer calls this broker in `aud`. */
  readonly audience: string
  /** Where its public keys are; always https. */
  readonly jwksUri: string
  readonly algorithms: readonly TokenAlgorithm[]
  /** PEM: the only authorities trusted for `jwksUri`, in the place of the system's. */
  readonly ca?: string
}
