import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
const day = 24 * 60 * 60 * 1000

export interface CertificateAuthority {
  /** What a client has to trust: `ca` of node:tls and undici, `--cacert` of curl. */
  readonly certificatePem: string
  /** A server certificate for these DNS names and IP addresses, as PEM, with its PKCS#8 key. */
  issue(hosts: readonly string[]): Promise<{ readonly key: string; readonly cert: string }>
}

/**
 * A certificate authority that lives as long as the process: its key is never written anywhere. Certificates
 * hold from a day before `now`, because the clocks of containers drift.
 */
export async function createCertificateAuthority(now: Date): Promise<CertificateAuthority> {
  const keys = await generateKeys()
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=graph-token-broker sandbox CA',
    keys,
    signingAlgorithm,
    ...validity(now),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificatePem: root.toString('pem'),
    issue: (hosts) => issue(root, keys.privateKey, hosts, now),
  }
}

async function issue(
  root: X509Certificate,
  rootKey: webcrypto.CryptoKey,
  hosts: readonly string[],
  now: Date,
) {
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${hosts[0] ?? 'localhost'}`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKey,
    signingAlgorithm,
    ...validity(now),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      // Clients look at the names here alone (RFC 9525 §2); the subject is for people.
      new SubjectAlternativeNameExtension(hosts.map(generalName)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(root),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

function validity(now: Date): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + 365 * day) }
}

function generalName(host: string): JsonGeneralName {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host }
}
