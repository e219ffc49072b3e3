import fc from 'fast-check'
import t from 'tap'
import { dialectIds, findDialect } from '../../src/catalogue/dialects.ts'
import { candidatesOf } from '../../src/catalogue/look-up.ts'
import { suggest } from '../../src/catalogue/suggest.ts'
import { translate } from '../../src/catalogue/translate.ts'

const candidates = candidatesOf(findDialect('aurinko'))

t.test('The intended name comes first for common slips', async (t) => {
  for (const [slip, intended] of [
    ['mail.raed', 'Mail.Read'],
    ['mial.read', 'Mail.Read'],
    ['mail.reads', 'Mail.Read'],
    ['mail_read', 'Mail.Read'],
    ['mailread', 'Mail.Read'],
    ['calender.read', 'Calendar.Read'],
    ['contact.readwrite', 'Contacts.ReadWrite'],
    ['user.raed', 'User.Read'],
    ['users.read.all', 'User.Read.All'],
    ['file.readwrite.all', 'Files.ReadWrite.All'],
    ['calenders.read.shared', 'Calendars.Read.Shared'],
    ['sites.slected', 'Sites.Selected'],
    ['full_access_as_ap', 'outlook:full_access_as_app'],
  ] as const) {
    t.equal(suggest(slip, candidates)[0], intended, slip)
  }
})

t.test('Nothing is suggested for what resembles nothing', async (t) => {
  for (const name of ['', 'x', 'qwertyuiop', '__proto__', 'constructor', '.default']) {
    t.same(suggest(name, candidates), [], name)
  }
})

t.test('What is suggested can be asked for, in the same dialect', async (t) => {
  for (const id of dialectIds) {
    const untranslated = candidatesOf(findDialect(id)).filter(
      ({ text }) => translate(id, [text]).permissions.length === 0,
    )
    t.same(untranslated, [], id)
  }
  t.equal(suggest('mail.raed', candidatesOf(findDialect('outlook')))[0], 'graph:Mail.Read')
})

t.test('Suggestions are few, distinct, and do not hang on the order of the catalogue', async (t) => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom(...candidates).map(({ name }) => name.slice(1)),
  )
  fc.assert(
    fc.property(names, (name) => {
      const suggestions = suggest(name, candidates)
      t.strictSame(suggest(name, candidates.toReversed()), suggestions)
      return suggestions.length <= 3 && new Set(suggestions).size === suggestions.length
    }),
  )
})

/** Edit distance with swapped neighbours, by the textbook's recursion. */
function edits(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [x, y] = [a.slice(1), b.slice(1)]
  const steps = [edits(x, b) + 1, edits(a, y) + 1, edits(x, y) + (a[0] === b[0] ? 0 : 1)]
  if (a.length > 1 && a[0] === b[1] && a[1] === b[0]) steps.push(edits(a.slice(2), b.slice(2)) + 1)
  return Math.min(...steps)
}

t.test('A name is near exactly when it is a few edits away, more of them for a longer one', async () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const near = edits(a, b) <= Math.floor(a.length / 3) + 1
      return suggest(a, [{ name: b, text: b }]).length === (near ? 1 : 0)
    }),
    { numRuns: 300 },
  )
})

t.test('Hostile names cost next to nothing', async (t) => {
  const started = performance.now()
  for (const name of ['a'.repeat(1_000_000), `mail.${'r'.repeat(59)}`, 'readwrite.all'.repeat(4)]) {
    for (let i = 0; i < 20; i += 1) suggest(name, candidates)
  }
  t.ok(performance.now() - started < 2_000)
})
