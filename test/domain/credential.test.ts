import t from 'tap'
import {
  type CertificateCredential,
  type Credential,
  isBrokerMade,
  signingCredentials,
} from '../../src/domain/credential.ts'

const at = '2026-11-20T12:00:00.000Z'

function credential(id: string, state: Credential['state'], activatedAt?: string): CertificateCredential {
  return {
    uid: `uid-${id}`,
    id,
    type: 'certificate',
    source: 'generated',
    state,
    thumbprintSha1: 'AA',
    thumbprintSha256: 'aa',
    certificatePem: '',
    notBefore: at,
    expiresAt: at,
    vaultName: `gtb-${id}`,
    vaultVersion: '1',
    ...(activatedAt === undefined ? {} : { activatedAt }),
    compromised: false,
    createdAt: at,
    updatedAt: at,
  }
}

function signing(...credentials: readonly Credential[]): string[] {
  return signingCredentials(credentials).map(({ id }) => id)
}

t.test('Only active credentials sign', async (t) => {
  t.strictSame(signing(credential('a', 'pending'), credential('b', 'retired', at)), [])
  t.strictSame(signing(credential('a', 'pending'), credential('b', 'active', at)), ['b'])
})

t.test('The credential that was activated last signs first', async (t) => {
  const early = credential('early', 'active', '2026-01-01T00:00:00.000Z')
  const late = credential('late', 'active', '2026-02-01T00:00:00.000Z')
  const unknown = credential('unknown', 'active')
  t.strictSame(signing(early, late), ['late', 'early'])
  t.strictSame(signing(late, early), ['late', 'early'])
  t.strictSame(signing(unknown, early), ['early', 'unknown'])
  t.strictSame(signing(early, unknown), ['early', 'unknown'])
})

t.test('Asking who signs leaves the credentials as they were', async (t) => {
  const credentials = [credential('a', 'active', at), credential('b', 'active', `${at}1`)]
  signing(...credentials)
  t.strictSame(
    credentials.map(({ id }) => id),
    ['a', 'b'],
  )
})

t.test('What the broker put into the vault is its own; what it found there is not', async (t) => {
  const kept = credential('a', 'pending')
  for (const source of ['generated', 'pem', 'pkcs12'] as const) {
    t.ok(isBrokerMade({ ...kept, source }), source)
  }
  t.ok(isBrokerMade({ ...kept, type: 'client_secret', source: 'value' }))
  t.notOk(isBrokerMade({ ...kept, source: 'key_vault' }))
  t.notOk(isBrokerMade({ ...kept, type: 'key', source: 'key_vault' }))
})
