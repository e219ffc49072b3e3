import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Test } from 'tap'
import { createCertificateAuthority } from '../../../sandbox/certificate-authority.ts'
import type { TokenAlgorithm, TrustedIssuer } from '../../../src/domain/trusted-issuer.ts'

export interface SigningKey {
  readonly kid: string
  readonly alg: TokenAlgorithm
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function makeSigningKey(kid: string, alg: TokenAlgorithm = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export type Claims = Readonly<Record<string, unknown>>

/** Signs whatever it is given, however little sense it makes. A header of undefined is left out. */
export function sign(
  key: SigningKey,
  claims: Claims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const { kid, alg } = key
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(key.privateKey)
}

/** The parts of a JWT that jose would not sign, as they are. */
export const encodePart = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Signs by ES256 under any header. */
export async function signUnder(header: object, { privateKey }: SigningKey, claims: Claims): Promise<string> {
  const signed = `${encodePart(header)}.${encodePart(claims)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, privateKey, Buffer.from(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

export interface JwksServer {
  readonly origin: string
  readonly caPem: string
  /** Paths, in the order in which they were asked for. */
  readonly asked: string[]
  /** How it answers from now on; `away` cuts each connection. */
  answer(how: 'keys' | 'away' | ((reply: ServerResponse) => void)): void
  publish(...keys: readonly JWK[]): void
}

/** An issuer's host: a real server with TLS of a certificate authority of its own. */
export async function startJwksServer(t: Test): Promise<JwksServer> {
  const authority = await createCertificateAuthority(new Date())
  const tls = await authority.issue(['localhost', '127.0.0.1'])
  const asked: string[] = []
  let keys: readonly JWK[] = []
  let how: Parameters<JwksServer['answer']>[0] = 'keys'
  const server = createServer(tls, (request, reply) => {
    asked.push(request.url ?? '')
    if (how === 'away') request.socket.destroy()
    else if (how === 'keys')
      reply.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys }))
    else how(reply)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    origin: `https://localhost:${portOf(server)}`,
    caPem: authority.certificatePem,
    asked,
    answer(next) {
      how = next
    },
    publish(...published) {
      keys = published
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

export function trustIn(server: JwksServer, changed: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return {
    issuer: 'https://issuer.example',
    audience: 'https://broker.example',
    jwksUri: `${server.origin}/keys`,
    algorithms: ['ES256'],
    ca: server.caPem,
    ...changed,
  }
}
