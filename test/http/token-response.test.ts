import t from 'tap'
import { Value } from 'typebox/value'
import type { IssuedToken } from '../../src/broker/offer-token.ts'
import { writeTokenResponse } from '../../src/http/token-response.ts'
import { TokenResponse } from '../../src/schemas/tokens.ts'

const at = '2026-11-20T12:00:00.000Z'
const record = { uid: 'u', cloud: 'global', epoch: 1, revision: 1, createdAt: at, updatedAt: at } as const

function issued(accessToken: string): IssuedToken {
  return {
    accessToken,
    token: {
      expiresAtUnix: 1_795_181_540,
      issuedAt: 0,
      expiresAt: 3_600_000,
      refreshAt: 1_800_000,
      roles: [],
    },
    tenant: {
      ...record,
      id: 'contoso',
      directoryId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      labels: {},
      applications: ['sync'],
      roleCheck: 'strict',
      enabled: true,
    },
    application: {
      ...record,
      id: 'sync',
      clientId: '6ba7b811-9dad-41d1-80b4-00c04fd430c8',
      displayName: 'Sync',
      permissions: [],
      signingAlg: 'PS256',
      credentials: [],
    },
    resource: 'graph',
    roles: {
      scope: ['Mail.Read', 'Mail.Send'],
      granted: ['Mail.Read', 'Mail.Send', 'Contacts.Read'],
      excess: ['Contacts.Read'],
      missing: [],
    },
    origin: 'hit',
    text: ',"tenant":"contoso","application":"sync","expires_at":1795181540',
  }
}

t.test(
  'the text is the reply that the schema describes, on the first request and on every other',
  async (t) => {
    const token = issued('eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl')
    for (const expiresIn of [3599, 12]) {
      const reply: unknown = JSON.parse(writeTokenResponse(token, 'https://graph.microsoft.com', expiresIn))
      t.ok(Value.Check(TokenResponse, reply), JSON.stringify([...Value.Errors(TokenResponse, reply)]))
      t.strictSame(reply, {
        access_token: token.accessToken,
        expires_in: expiresIn,
        token_type: 'Bearer',
        expires_at: 1_795_181_540,
        scope: 'Mail.Read Mail.Send',
        resource: 'https://graph.microsoft.com',
        tenant: 'contoso',
        application: 'sync',
        granted_permissions: ['Mail.Read', 'Mail.Send', 'Contacts.Read'],
        excess_permissions: ['Contacts.Read'],
        missing_permissions: [],
      })
    }
  },
)

t.test('it is ASCII, which is sent byte for byte, whatever Entra calls its roles', async (t) => {
  const one = issued('plain.token_-~+/=')
  const text = writeTokenResponse({ ...one, roles: { ...one.roles, granted: ['Rôle.Lire'] } }, 'r', 1)
  t.match(text, /^[\x20-\x7e]*$/)
  t.match(JSON.parse(text), { access_token: one.accessToken, granted_permissions: ['Rôle.Lire'] })
})
