import t from 'tap'
import { RecentTexts } from '../../src/domain/recent-texts.ts'

const named = (count: number, prefix = 't') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

t.test('the texts that were asked for last are remembered, as many as were said', async (t) => {
  const texts = new RecentTexts<string>(10)
  for (const name of named(1_000)) texts.set(name, name)
  for (const name of named(1_000).slice(-10)) t.equal(texts.get(name), name)
})

t.test('of all others, as many again are remembered at most', async (t) => {
  const texts = new RecentTexts<string>(10)
  for (const name of named(1_000)) texts.set(name, name)
  const known = named(1_000).filter((name) => texts.get(name) !== undefined)
  t.ok(known.length <= 20, `${known.length}`)
})

t.test('what is asked for again and again is never forgotten', async (t) => {
  const texts = new RecentTexts<string>(10)
  texts.set('often', 'kept')
  for (const name of named(1_000)) {
    texts.set(name, name)
    t.equal(texts.get('often'), 'kept')
  }
})
