import fc from 'fast-check'
import t from 'tap'
import { cataloguedPermissions } from '../../src/catalogue/catalogue.ts'
import { describeDialect, dialectIds } from '../../src/catalogue/dialects.ts'
import { type Translation, translate } from '../../src/catalogue/translate.ts'
import { formatPermission } from '../../src/domain/permission.ts'

const odd = [
  ...['openid', '.default', 'https://graph.microsoft.com/.default', 'https://graph.microsoft.us/Mail.Read/'],
  ...[
    'https://outlook.office.com/IMAP.AccessAsApp',
    'https://outlook.office.com/mail.send',
    'graph:User.Read',
  ],
  ...['https://graph.windows.net/Directory.Read.All', '810c84a8-4a9e-49e6-bf7d-12d183f40d01', 'Groups'],
  ...['Mail.Raed', 'MAIL.RAED', 'mail.raed', 'User.Read', 'Topic.Read.All', '__proto__', 'nonsense'],
]
const dialect = fc.constantFrom(...dialectIds)
const scope = fc.oneof(
  fc.constantFrom(
    ...dialectIds.flatMap((id) => describeDialect(id).scopes.map((described) => described.scope)),
  ),
  fc.constantFrom(...cataloguedPermissions.map(formatPermission)),
  fc.constantFrom(...odd),
)
const scopes = fc.array(scope, { maxLength: 12 })
const separator = fc.stringMatching(/^[ ,+\t\n]{1,3}$/)
/** Each property for each dialect about a hundred times. */
const often = { numRuns: 600 }

/** An unmapped scope is echoed in the caller's spelling; everything else is the catalogue's own. */
function withoutSpelling(translation: Translation): object {
  const unmapped = translation.unmapped.map((entry) => ({ ...entry, scope: entry.scope.toLowerCase() }))
  return { ...translation, unmapped }
}

function mixCase(text: string, upper: readonly boolean[]): string {
  return [...text].map((c, i) => (upper[i % upper.length] ? c.toUpperCase() : c.toLowerCase())).join('')
}

t.test('The order of scopes never changes the translation', async (t) => {
  const shuffled = scopes.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  const property = fc.property(dialect, shuffled, (id, [a, b]) =>
    t.strictSame(translate(id, a), translate(id, b)),
  )
  fc.assert(property, often)
})

t.test('The case of scopes changes nothing but the echo of unknown ones', async (t) => {
  const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 })
  const property = fc.property(dialect, scopes, bits, (id, list, upper) => {
    const other = list.map((name) => mixCase(name, upper))
    t.strictSame(withoutSpelling(translate(id, other)), withoutSpelling(translate(id, list)))
  })
  fc.assert(property, often)
})

t.test('Separators and the cut into elements never change the translation', async (t) => {
  const property = fc.property(dialect, scopes, separator, separator, (id, list, between, around) => {
    const joined = around + list.join(between) + around
    t.strictSame(translate(id, [joined]), translate(id, list))
  })
  fc.assert(property, often)
})

t.test('Asking twice never changes the translation', async (t) => {
  const property = fc.property(dialect, scopes, fc.array(fc.nat()), (id, list, picks) => {
    const again = picks.flatMap((pick) => list[pick % list.length] ?? [])
    t.strictSame(translate(id, [...again, ...list]), translate(id, list))
  })
  fc.assert(property, often)
})

t.test('The translation of a list is the union of the translations of its scopes', async (t) => {
  const property = fc.property(dialect, scopes, (id, list) => {
    const union = list.flatMap((name) => translate(id, [name]).permissions)
    const whole = translate(id, list).permissions
    t.strictSame(new Set(whole), new Set(union))
    t.equal(new Set(whole).size, whole.length)
  })
  fc.assert(property, often)
})

t.test('Any text at all is translated without a throw, into sound parts', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(
        '/',
        ':',
        '.',
        ' ',
        '+',
        'https://',
        'outlook',
        'graph',
        'Mail',
        'Read',
        'a'.repeat(99),
      ),
    }),
    fc.tuple(scope, fc.string()).map(([a, b]) => a + b),
  )
  const known = new Set(cataloguedPermissions)
  let sound = 0
  const property = fc.property(dialect, fc.array(text, { maxLength: 2 }), (id, list) => {
    const { permissions, ignored, unmapped, notes } = translate(id, list)
    const echoes = [...ignored, ...unmapped.map((entry) => entry.scope)]
    sound += 1
    return (
      permissions.every((permission) => known.has(permission)) &&
      echoes.every((echo) => echo !== '' && echo.length <= 128 && echo.isWellFormed()) &&
      unmapped.every(({ suggestions }) => suggestions.length <= 3) &&
      notes.every((note) => note.endsWith('.'))
    )
  })
  fc.assert(property, { numRuns: 100_000 })
  t.ok(sound >= 100_000, `${sound} inputs`)
})
