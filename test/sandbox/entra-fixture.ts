import 'reflect-metadata'
import { createHash, KeyObject, randomUUID, webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'
import { SignJWT } from 'jose'
import type { Test } from 'tap'
import { Agent, fetch, type RequestInit } from 'undici'
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts'
import { createEntra } from '../../sandbox/entra/entra.ts'
import { listen } from '../../sandbox/listen.ts'

export const clientId = '11111111-aaaa-4bbb-8ccc-000000000001'
export const contoso = '22222222-aaaa-4bbb-8ccc-000000000001'
export const fabrikam = '22222222-aaaa-4bbb-8ccc-000000000002'
export const graphScope = 'https://graph.microsoft.com/.default'
export const secret = 'correct horse battery staple'
const day = 86_400_000

export type Form = Readonly<Record<string, string>>
export type Members = Readonly<Record<string, unknown>>

/** A running Entra whose clock stands still until a test moves it. */
export async function startEntra(t: Test) {
  const clock = { now: Date.UTC(2026, 2, 2, 12) }
  const authority = await createCertificateAuthority(new Date())
  let origin = ''
  const entra = await createEntra({ origin: () => origin, now: () => clock.now })
  const listener = await listen(entra.plugin, await authority.issue(['localhost']))
  origin = listener.origin
  const dispatcher = new Agent({ connect: { ca: authority.certificatePem } })
  t.teardown(async () => {
    await dispatcher.close()
    await listener.close()
  })
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { dispatcher, redirect: 'manual', ...init })
  const put = (path: string, body: unknown) =>
    call(`/_sandbox${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const post = (path: string, form: Form, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', body: new URLSearchParams(form), headers })
  const token = async (form: Form, headers: Record<string, string> = {}, directory = contoso) => {
    const reply = await post(`/${directory}/oauth2/v2.0/token`, form, headers)
    return { status: reply.status, headers: reply.headers, body: members(await reply.json()) }
  }
  return { clock, entra, origin, call, put, post, token }
}

export type RunningEntra = Awaited<ReturnType<typeof startEntra>>

export function bySecret(changes: Form = {}): Form {
  return {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: graphScope,
    client_secret: secret,
    ...changes,
  }
}

export function byAssertion(assertion: string, changes: Form = {}): Form {
  return {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: graphScope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...changes,
  }
}

export interface TestCertificate {
  readonly pem: string
  readonly privateKey: KeyObject
  readonly sha1: Buffer
  readonly sha256: Buffer
}

/** Self-signed RSA, valid from `from` for 90 days. */
export async function createCertificate(from: number, bits = 2048): Promise<TestCertificate> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits,
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=daemon',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(from),
    notAfter: new Date(from + 90 * day),
  })
  const der = Buffer.from(certificate.rawData)
  return {
    pem: certificate.toString('pem'),
    privateKey: KeyObject.from(keys.privateKey),
    sha1: createHash('sha1').update(der).digest(),
    sha256: createHash('sha256').update(der).digest(),
  }
}

export interface AssertionChange {
  readonly header?: Members
  readonly claims?: Members
  readonly alg?: string
}

/** A sound assertion for contoso, with some of it changed; a member that is set to undefined is left out. */
export function sign({ origin, clock }: RunningEntra, key: TestCertificate, change: AssertionChange = {}) {
  const now = Math.floor(clock.now / 1000)
  const claims = {
    aud: `${origin}/${contoso}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: now - 5,
    exp: now + 600,
  }
  const named = { 'x5t#S256': key.sha256.toString('base64url') }
  return new SignJWT({ ...claims, ...change.claims })
    .setProtectedHeader({ alg: change.alg ?? 'PS256', typ: 'JWT', ...named, ...change.header })
    .sign(key.privateKey)
}

/** Unverified. */
export function decode(token: unknown): { header: Members; claims: Members } {
  const [header = '', claims = ''] = String(token).split('.')
  const read = (part: string) => members(JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header: read(header), claims: read(claims) }
}

export function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object')
  return Object.fromEntries(Object.entries(value))
}
