import type { Acquisition, Clock, Random } from '../../broker/ports.ts'

/** Seconds. The clocks of the two sides may differ; Entra accepts assertions of at most ten minutes. */
const notBeforeSlack = 5
const lifetime = 600

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/**
 * A client assertion (RFC 7523 §3) that Entra verifies against the certificate that was uploaded for the client.
 * The certificate is named by `x5t#S256` (RFC 7515 §4.1.8).
 */
export async function signAssertion(
  { target, credential, signingAlg, signer }: Acquisition,
  audience: string,
  clock: Clock,
  random: Random,
): Promise<string> {
  const now = Math.floor(clock.now() / 1000)
  const header = encode({ alg: signingAlg, typ: 'JWT', 'x5t#S256': credential.thumbprintSha256 })
  const claims = encode({
    aud: audience,
    iss: target.clientId,
    sub: target.clientId,
    jti: random.uuid(),
    nbf: now - notBeforeSlack,
    iat: now,
    exp: now + lifetime,
  })
  const signature = await signer.sign(signingAlg, Buffer.from(`${header}.${claims}`))
  return `${header}.${claims}.${signature.toString('base64url')}`
}
