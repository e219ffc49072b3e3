import * as crypto from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { digestApiKey, generateApiKey, matchesDigest, parseApiKey } from '../../src/broker/api-key.ts'
import { seededRandom, sha256 } from './fixture.ts'

const key = generateApiKey(seededRandom())

t.test('A key is recognisable, names its own record and holds 256 random bits', async (t) => {
  t.match(key.text, /^gtb\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}$/)
  t.equal(key.text.split('.')[1], key.id)
  t.equal(Buffer.from(key.text.split('.')[2] ?? '', 'base64url').length, 32)
  t.strictSame(parseApiKey(key.text), key)
})

t.test('No two keys are alike', async (t) => {
  const random = seededRandom()
  const keys = Array.from({ length: 1_000 }, () => generateApiKey(random))
  t.equal(new Set(keys.map(({ id }) => id)).size, 1_000)
  t.equal(new Set(keys.map(({ text }) => text.split('.')[2])).size, 1_000)
})

t.test('Nothing that only looks like a key is one', async (t) => {
  for (const text of [
    '',
    ` ${key.text}`,
    `${key.text}\n`,
    `${key.text}A`,
    key.text.slice(0, -1),
    key.text.replace('gtb', 'GTB'),
    key.text.replace('gtb.', 'gtb..'),
    key.text.replace(key.id, 'ABCDEFABCDEFABCD'),
    key.text.replace(key.id, 'abcdefabcdefabc'),
    `x${key.text}`,
  ]) {
    t.equal(parseApiKey(text), undefined, JSON.stringify(text))
  }
  t.notOk(fc.check(fc.property(fc.string(), (text) => parseApiKey(text) === undefined)).failed)
})

t.test('A key matches its own digest and no other', async (t) => {
  const digest = digestApiKey(key)
  t.equal(digest, sha256(key.text))
  t.ok(matchesDigest(key, digest))
  t.notOk(matchesDigest({ ...key, text: `${key.text.slice(0, -1)}_` }, digest))
  t.notOk(matchesDigest(key, sha256('another')))
})

t.test('A key that nobody has matches nothing', async (t) => {
  t.notOk(matchesDigest(key, undefined))
})

t.test(
  'A key that nobody has costs the same digest and the same comparison as one that is wrong',
  async (t) => {
    const calls: string[] = []
    const spied = {
      ...crypto,
      hash: (...given: Parameters<typeof crypto.hash>) => {
        calls.push('hash')
        return crypto.hash(...given)
      },
      timingSafeEqual: (a: Buffer, b: Buffer) => {
        calls.push(`compare ${a.length} with ${b.length}`)
        return crypto.timingSafeEqual(a, b)
      },
    }
    const apiKey: typeof import('../../src/broker/api-key.ts') = await t.mockImport(
      '../../src/broker/api-key.ts',
      {
        'node:crypto': spied,
      },
    )
    apiKey.matchesDigest(key, sha256('another'))
    const wrong = calls.splice(0)
    apiKey.matchesDigest(key, undefined)
    t.strictSame(calls, wrong)
    t.strictSame(calls, ['hash', 'compare 32 with 32'])
  },
)
