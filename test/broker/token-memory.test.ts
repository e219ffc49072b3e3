import fc from 'fast-check'
import t from 'tap'
import { type KeptToken, TokenMemory } from '../../src/broker/token-memory.ts'
import { manualClock, tokenOf } from './fixture.ts'

const clock = manualClock()
/** Of the characters that bearer tokens have (RFC 6750 §2.1). */
const character = fc.constantFrom(...'abcXYZ019-._~+/=')
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 200 }),
  // Around the size of a page, and beyond it.
  fc.nat({ max: 300_000 }).map((length) => 'x'.repeat(length + 1)),
)

function openMemory() {
  const pages: Buffer[] = []
  const memory = new TokenMemory((bytes) => {
    const page = Buffer.alloc(bytes)
    pages.push(page)
    return page
  })
  return { pages, keep: (value: string) => memory.keep(tokenOf(clock, { value })) }
}

const action = fc.oneof(
  { weight: 2, arbitrary: text.map((value) => ({ value })) },
  fc.nat().map((dropped) => ({ dropped })),
)

t.test(
  'whatever is kept and dropped, what is read is that token, and nothing of others is left',
  async (t) => {
    fc.assert(
      fc.property(fc.array(action, { size: 'max', maxLength: 60 }), (actions) => {
        const { pages, keep } = openMemory()
        const held: (readonly [KeptToken, string])[] = []
        const drop = (index: number) => {
          const [[kept] = []] = held.splice(index, 1)
          kept?.drop()
          kept?.drop()
          t.throws(() => kept?.read(), /after it was dropped/)
        }
        for (const action of actions) {
          if ('value' in action) held.push([keep(action.value), action.value])
          else if (held.length > 0) drop(action.dropped % held.length)
          for (const [kept, value] of held) if (kept.read() !== value) return false
        }
        while (held.length > 0) drop(0)
        return pages.every((page) => page.every((byte) => byte === 0))
      }),
      { numRuns: 60 },
    )
  },
)

t.test('what a token says beside its characters is said after it was dropped too', async (t) => {
  const token = tokenOf(clock, { value: 'a.b.c', uti: 'id' })
  const kept = new TokenMemory(Buffer.alloc).keep(token)
  t.strictSame(kept.copy(), { ...token, uti: 'id' })
  kept.drop()
  t.equal(kept.uti, 'id')
  t.equal(kept.expiresAt, token.expiresAt)
})

t.test('renewals take no more memory, and what tokens of another length had is let go', async (t) => {
  const { pages, keep } = openMemory()
  const tenants = Array.from({ length: 1_000 }, () => keep('x'.repeat(1_600)))
  const first = pages.length
  t.ok(first * 262_144 < 1_000 * 1_600 * 1.2, `${first} pages`)
  const renewAll = (length: number) => {
    for (const [index, old] of tenants.entries()) {
      tenants[index] = keep('y'.repeat(length))
      old.drop()
    }
  }
  for (let round = 0; round < 10; round += 1) renewAll(1_590 + round)
  t.ok(pages.length <= first + 1, `${pages.length} pages`)

  renewAll(2_000)
  const grown = pages.length
  renewAll(1_600)
  t.ok(pages.length > grown, 'the pages of the first length are not there any more')
})
