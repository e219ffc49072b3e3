import { hkdfSync } from 'node:crypto'
import t from 'tap'
import { deriveKeys, parseBrokerSecret } from '../../src/broker/broker-secret.ts'

const current = 'c'.repeat(32)
const previous = 'p'.repeat(40)

t.test('The first line is the current secret, the second, if there is one, the previous', async (t) => {
  t.strictSame(parseBrokerSecret(current), { current: Buffer.from(current) })
  t.strictSame(parseBrokerSecret(`${current}\n`), { current: Buffer.from(current) })
  const both = { current: Buffer.from(current), previous: Buffer.from(previous) }
  t.strictSame(parseBrokerSecret(`${current}\n${previous}\n`), both)
  t.strictSame(parseBrokerSecret(`\n  ${current}\r\n\r\n${previous}\r\n`), both)
})

t.test('A file that says anything else is no secret', async (t) => {
  for (const text of [
    '',
    '\n\n',
    'c'.repeat(31),
    `${current}\n${'p'.repeat(31)}`,
    `${'c'.repeat(31)}\n${previous}`,
    `${current}\n${previous}\n${previous}`,
  ]) {
    t.equal(parseBrokerSecret(text), undefined, JSON.stringify(text))
  }
})

t.test('The length that counts is that of the bytes', async (t) => {
  t.ok(parseBrokerSecret('ä'.repeat(16)))
  t.notOk(parseBrokerSecret('ä'.repeat(15)))
})

t.test('Each purpose has keys of its own, the current one first', async (t) => {
  const secret = { current: Buffer.from(current), previous: Buffer.from(previous) }
  const tickets = deriveKeys(secret, 'consent-ticket')
  const pages = deriveKeys(secret, 'page-token')
  const keys = [...tickets, ...pages].map((key) => key.toString('hex'))
  t.equal(new Set(keys).size, 4)
  t.ok([...tickets, ...pages].every((key) => key.length === 32))
  t.strictSame(deriveKeys({ current: secret.current }, 'consent-ticket'), tickets.slice(0, 1))
})

t.test('A key is HKDF-SHA-256 of the secret for its purpose, the same in every release', async (t) => {
  const [key] = deriveKeys({ current: Buffer.from(current) }, 'consent-ticket')
  const expected = hkdfSync('sha256', Buffer.from(current), '', 'graph-token-broker consent-ticket', 32)
  t.strictSame(key, Buffer.from(expected))
})
