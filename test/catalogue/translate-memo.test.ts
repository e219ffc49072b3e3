import t from 'tap'
import { translate } from '../../src/catalogue/translate.ts'

t.test(
  'A repeated question is answered from memory, and the answer cannot be changed by whoever holds it',
  async (t) => {
    const first = translate('aurinko', ['Mail.Read'])
    t.equal(translate('aurinko', ['Mail.Read']), first)
    t.ok([first, first.permissions, first.ignored, first.unmapped, first.notes].every(Object.isFrozen))
    t.ok(first.permissions.every(Object.isFrozen))
  },
)

t.test('Long questions and refused ones are not remembered', async (t) => {
  const long = Array.from({ length: 60 }, () => 'Mail.Read')
  t.not(translate('aurinko', long), translate('aurinko', long))
  t.same(translate('aurinko', long), translate('aurinko', ['Mail.Read']))
  t.not(translate('aurinko', ['nonsense']), translate('aurinko', ['nonsense']))
})

t.test('Two thousand questions are remembered at most', async (t) => {
  const first = translate('aurinko', ['Mail.Send'])
  for (let spaces = 1; spaces <= 400; spaces += 1) {
    for (const scope of ['Mail.Read', 'Mail.Send', 'Tasks.Read', 'Mail.ReadWrite', 'Contacts.Read'])
      translate('aurinko', [scope, ' '.repeat(spaces)])
  }
  t.not(translate('aurinko', ['Mail.Send']), first)
  t.same(translate('aurinko', ['Mail.Send']), first)
})

t.test('Lists that differ only in how they are cut into elements mean the same', async (t) => {
  t.same(translate('aurinko', ['Mail.Read Mail.Send']), translate('aurinko', ['Mail.Read', 'Mail.Send']))
  t.equal(translate('aurinko', ['Mail.Read', 'Mail.Send']).permissions.length, 2)
})
