import fc from 'fast-check'
import t from 'tap'
import { readClaims } from '../../../src/adapters/entra/claims.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`

t.test('the roles of a token that can be read, sorted and once each', async (t) => {
  const claims = { roles: ['Mail.Send', 'Mail.Read', 'Mail.Send'], uti: 'AbC' }
  t.strictSame(readClaims(token(claims)), { roles: ['Mail.Read', 'Mail.Send'], uti: 'AbC' })
})

t.test('a token that can be read and names no roles carries none', async (t) => {
  t.strictSame(readClaims(token({})), { roles: [] })
  t.strictSame(readClaims(token({ roles: [], uti: 7 })), { roles: [] })
})

t.test('a token id that is none of Entra’s is none, for it goes to the audit log', async (t) => {
  for (const uti of ['', 'a"b', 'a b', 'é', 'a\n', '\u2028', 'a'.repeat(65)]) {
    t.strictSame(readClaims(token({ roles: [], uti })), { roles: [] }, encodeURIComponent(uti))
  }
})

t.test('roles that are no list of names are roles that nobody knows', async (t) => {
  for (const roles of [null, 'Mail.Read', 7, {}, [7], ['Mail.Read', null], [['Mail.Read']]]) {
    t.equal(readClaims(token({ roles })).roles, undefined, JSON.stringify(roles))
  }
})

t.test('a token that cannot be read', async (t) => {
  const opaque = [
    '',
    'x',
    'a.b',
    'a.b.c',
    'a.b.c.d.e',
    `a.${encode([])}.c`,
    `a.${encode('x')}.c`,
    `a.${encode(null)}.c`,
  ]
  for (const text of opaque) t.strictSame(readClaims(text), { roles: undefined }, text)
})

t.test('no text makes it throw', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readClaims(text) !== undefined))
  fc.assert(fc.property(fc.jsonValue(), (claims) => readClaims(token(claims)) !== undefined))
})
