import { X509Certificate } from 'node:crypto'
import { createSigner } from '../../../src/adapters/key-vault/signer.ts'
import { toBundle } from '../../../src/adapters/x509/bundle.ts'
import type { Proof } from '../../../src/broker/credential-ports.ts'
import type { Acquisition, Clock, Random } from '../../../src/broker/ports.ts'
import type { SigningAlgorithm } from '../../../src/domain/application.ts'
import type {
  CertificateCredential,
  ClientSecretCredential,
  KeyCredential,
} from '../../../src/domain/credential.ts'
import { ok } from '../../../src/domain/result.ts'
import { type MadeCertificate, pemOf } from '../x509/make-certificate.ts'

export const directoryId = '22222222-aaaa-4bbb-8ccc-000000000001'
export const clientId = '11111111-aaaa-4bbb-8ccc-000000000001'

/** Time stands still, half a second after a full one. */
export const clock: Clock = { now: () => 1_795_000_000_500, monotonic: () => 5_000 }

export function createRandom(fraction = 0.5): Random {
  let drawn = 0
  return {
    fraction: () => fraction,
    bytes: (length) => Buffer.alloc(length, 7),
    uuid() {
      drawn += 1
      return `00000000-0000-4000-8000-${String(drawn).padStart(12, '0')}`
    },
  }
}

const kept = {
  uid: '33333333-aaaa-4bbb-8ccc-000000000001',
  id: '33333333',
  state: 'active',
  vaultName: 'gtb-33333333-aaaa-4bbb-8ccc-000000000001',
  vaultVersion: '0'.repeat(32),
  compromised: false,
  createdAt: '2026-11-20T12:00:00.000Z',
  updatedAt: '2026-11-20T12:00:00.000Z',
} as const

function publicPart(made: MadeCertificate) {
  const { privateKeyPem: _, ...certificate } = toBundle(new X509Certificate(made.pem), [], made.key)
  return certificate
}

export function credentialOf(made: MadeCertificate): CertificateCredential {
  return { ...kept, ...publicPart(made), type: 'certificate', source: 'pem' }
}

export function keyCredentialOf(made: MadeCertificate): KeyCredential {
  return { ...kept, ...publicPart(made), type: 'key', source: 'key_vault' }
}

export const secretCredential: ClientSecretCredential = {
  ...kept,
  type: 'client_secret',
  source: 'value',
  expiresAt: '2027-11-20T12:00:00.000Z',
}

const epochs = { applicationEpoch: 1, tenantEpoch: 2 }
const target = { cloud: 'global', directoryId, clientId, resource: 'graph', ...epochs } as const

/** Proven by a certificate whose key the broker has. */
export function acquisitionWith(made: MadeCertificate, signingAlg: SigningAlgorithm = 'PS256'): Acquisition {
  const credential = credentialOf(made)
  const proof = createSigner(`${pemOf(made.key)}${made.pem}`, credential)
  if (proof === undefined) throw new Error('the certificate made for the test does not fit its own key')
  return { target, credential, signingAlg, proof }
}

/** The same with a key that signs inside the vault; `signed` counts how often. */
export function remoteAcquisitionWith(made: MadeCertificate) {
  const local = acquisitionWith(made)
  const signed = { count: 0 }
  const proof: Proof = {
    kind: 'signature',
    remote: true,
    async sign(alg, data) {
      signed.count += 1
      return local.proof.kind === 'signature' ? local.proof.sign(alg, data) : ok(Buffer.alloc(0))
    },
  }
  const acquisition: Acquisition = { ...local, credential: keyCredentialOf(made), proof }
  return { acquisition, signed }
}

export function secretAcquisition(value: string): Acquisition {
  const proof: Proof = { kind: 'secret', reveal: () => value }
  return { target, credential: secretCredential, signingAlg: 'PS256', proof }
}
