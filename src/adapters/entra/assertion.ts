import type { Clock, Random } from '../../broker/ports.ts'
import type { SigningAlgorithm } from '../../domain/application.ts'
import type { PublicCertificate } from '../../domain/credential.ts'

/** Seconds. The clocks of the two sides may differ; Entra accepts assertions of at most ten minutes. */
const notBeforeSlack = 5
const lifetime = 600

export interface AssertionOrder {
  readonly clientId: string
  readonly audience: string
  readonly certificate: PublicCertificate
  readonly signingAlg: SigningAlgorithm
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * What is to be signed of a client assertion (RFC 7523 §3) that Entra verifies against the certificate that was
 * uploaded for the client. The certificate is named by `x5t#S256` (RFC 7515 §4.1.8).
 */
export function writeAssertion(order: AssertionOrder, clock: Clock, random: Random): string {
  const { clientId, audience, certificate, signingAlg } = order
  const now = Math.floor(clock.now() / 1000)
  const header = encode({ alg: signingAlg, typ: 'JWT', 'x5t#S256': certificate.thumbprintSha256 })
  const claims = encode({
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: random.uuid(),
    nbf: now - notBeforeSlack,
    iat: now,
    exp: now + lifetime,
  })
  return `${header}.${claims}`
}
