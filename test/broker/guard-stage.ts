import type { Acquisition } from '../../src/broker/ports.ts'
import type { TokenTarget } from '../../src/domain/token.ts'
import { guid } from './fixture.ts'

/** An acquisition of this target, proven by a secret. */
export function acquisitionOf(target: TokenTarget): Acquisition {
  return {
    target,
    credential: {
      uid: guid('credential'),
      id: 'credential',
      type: 'client_secret',
      source: 'value',
      state: 'active',
      vaultName: 'gtb-credential',
      vaultVersion: '0'.repeat(32),
      expiresAt: '2027-11-20T12:00:00.000Z',
      compromised: false,
      createdAt: '2026-11-20T12:00:00.000Z',
      updatedAt: '2026-11-20T12:00:00.000Z',
    },
    signingAlg: 'PS256',
    proof: { kind: 'secret', reveal: () => 'never-shown' },
  }
}
