import { randomBytes, randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { createEntraTokenIssuer } from '../src/adapters/entra/token-issuer.ts'
import { createSigner } from '../src/adapters/key-vault/signer.ts'
import type { Acquisition, Clock, Random } from '../src/broker/ports.ts'
import { microsoftClouds } from '../src/domain/cloud.ts'
import type { Credential } from '../src/domain/credential.ts'
import type { StartMinter } from './mint-messages.ts'

const clock: Clock = { now: Date.now, monotonic: () => performance.now() }
const random: Random = { fraction: Math.random, bytes: randomBytes, uuid: randomUUID }

/**
 * Gets one token as the broker does, from signer to claims. Each is for a directory that was never seen, as with
 * thousands of tenants.
 */
export function prepareIssuer({ endpoint, pem, certificate }: StartMinter) {
  const issuer = createEntraTokenIssuer({
    clouds: { ...microsoftClouds, global: { ...microsoftClouds.global, authority: endpoint.origin } },
    dispatcher: new Agent({ connect: { ca: endpoint.certificatePem } }),
    ...{ clock, random, onFault: () => undefined },
  })
  const proof = createSigner(pem, certificate)
  if (proof === undefined) throw new Error('the key is not that of the certificate')
  const credential = describe(certificate)
  const of = { cloud: 'global', resource: 'graph', applicationEpoch: 1, tenantEpoch: 1 } as const
  const clientId = randomUUID()
  return {
    async mint() {
      const target = { ...of, clientId, directoryId: randomUUID() }
      const acquisition: Acquisition = { target, credential, signingAlg: 'PS256', proof }
      const result = await issuer.acquire(acquisition)
      if (!result.ok) throw new Error(`The issuer failed: ${result.failure.code}`)
    },
  }
}

function describe(certificate: StartMinter['certificate']): Credential {
  const uid = randomUUID()
  const now = new Date().toISOString()
  return {
    ...{ uid, id: uid.slice(0, 8), type: 'certificate', source: 'generated', state: 'active' },
    ...{ vaultName: `gtb-${uid}`, vaultVersion: '1', compromised: false, createdAt: now, updatedAt: now },
    ...certificate,
  }
}
