import t from 'tap'
import { sameList } from '../../src/domain/same-list.ts'

t.test('equal lists become one', async (t) => {
  const first = sameList(['Mail.Read', 'Mail.Send'])
  t.equal(sameList(['Mail.Read', 'Mail.Send']), first)
  t.strictSame(first, ['Mail.Read', 'Mail.Send'])
})

t.test('lists of other words, of another order or cut elsewhere stay apart', async (t) => {
  const lists = [['a', 'b'], ['b', 'a'], ['a,b'], ['a","b'], ['a\nb'], [], ['']]
  for (const list of lists) t.strictSame(sameList([...list]), list)
})

t.test('a list that could fill the memory stays its own', async (t) => {
  const long = () => Array.from({ length: 1_000 }, (_, index) => `Role.Of.Some.Length.${index}`)
  t.not(sameList(long()), sameList(long()))
})
