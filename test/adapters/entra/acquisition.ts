import { X509Certificate } from 'node:crypto'
import { createSigner } from '../../../src/adapters/key-vault/signer.ts'
import { toBundle } from '../../../src/adapters/x509/read-bundle.ts'
import type { Acquisition, Clock, Random } from '../../../src/broker/ports.ts'
import type { Credential, SigningAlgorithm } from '../../../src/domain/application.ts'
import type { MadeCertificate } from '../x509/make-certificate.ts'

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

export function credentialOf(made: MadeCertificate): Credential {
  const { privateKeyPem: _, ...bundle } = toBundle(new X509Certificate(made.pem), [], made.key)
  return {
    ...bundle,
    uid: '33333333-aaaa-4bbb-8ccc-000000000001',
    id: '33333333',
    type: 'certificate',
    source: 'pem',
    state: 'active',
    vaultName: 'gtb-33333333-aaaa-4bbb-8ccc-000000000001',
    vaultVersion: '0'.repeat(32),
    createdAt: '2026-11-20T12:00:00.000Z',
    updatedAt: '2026-11-20T12:00:00.000Z',
  }
}

export function acquisitionWith(made: MadeCertificate, signingAlg: SigningAlgorithm = 'PS256'): Acquisition {
  const credential = credentialOf(made)
  const { privateKeyPem, certificatePem } = toBundle(new X509Certificate(made.pem), [], made.key)
  const signer = createSigner(`${privateKeyPem}${certificatePem}`, credential)
  if (signer === undefined) throw new Error('the certificate made for the test does not fit its own key')
  const epochs = { applicationEpoch: 1, tenantEpoch: 2 }
  const target = { cloud: 'global', directoryId, clientId, resource: 'graph', ...epochs } as const
  return { target, credential, signingAlg, signer }
}
