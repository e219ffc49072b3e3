import t from 'tap'
import { type Application, type Credential, signingCredentials } from '../../src/domain/application.ts'

const at = '2026-11-20T12:00:00.000Z'

function credential(id: string, state: Credential['state'], activatedAt?: string): Credential {
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
    createdAt: at,
    updatedAt: at,
  }
}

function applicationWith(credentials: readonly Credential[]): Application {
  return {
    uid: 'uid',
    id: 'mail',
    clientId: 'client',
    cloud: 'global',
    displayName: 'Mail',
    permissions: [],
    signingAlg: 'PS256',
    credentials,
    epoch: 1,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
}

function signing(...credentials: readonly Credential[]): string[] {
  return signingCredentials(applicationWith(credentials)).map(({ id }) => id)
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

t.test('Asking who signs leaves the application as it was', async (t) => {
  const credentials = [credential('a', 'active', at), credential('b', 'active', `${at}1`)]
  signing(...credentials)
  t.strictSame(
    credentials.map(({ id }) => id),
    ['a', 'b'],
  )
})
