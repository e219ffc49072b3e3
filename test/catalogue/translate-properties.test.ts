import fc from 'fast-check'
import t from 'tap'
import { cataloguedPermissions } from '../../src/catalogue/catalogue.ts'
import { describeDialect } from '../../src/catalogue/dialects.ts'
import { type Translation, translate } from '../../src/catalogue/translate.ts'
import { formatPermission } from '../../src/domain/permission.ts'

const names = [
  ...describeDialect('aurinko').scopes.map(({ scope }) => scope),
  ...cataloguedPermissions.map(formatPermission),
  ...['openid', '.default', 'https://graph.microsoft.com/.default', 'https://graph.microsoft.us/Mail.Read/'],
  ...['https://outlook.office.com/IMAP.AccessAsApp', 'Mail.Raed', 'User.Read', '__proto__', 'nonsense'],
]
const scope = fc.constantFrom(...names)
const scopes = fc.array(scope, { maxLength: 12 })
const separator = fc.stringMatching(/^[ ,+\t\n]{1,3}$/)

/** An unmapped scope is echoed in the caller's spelling; everything else is the catalogue's own. */
function withoutSpelling(translation: Translation): object {
  const unmapped = translation.unmapped.map((entry) => ({ ...entry, scope: entry.scope.toLowerCase() }))
  return { ...translation, unmapped }
}

function mixCase(text: string, upper: readonly boolean[]): string {
  return [...text].map((c, i) => (upper[i % upper.length] ? c.toUpperCase() : c.toLowerCase())).join('')
}

t.test('The order of scopes never changes the translation', async () => {
  const shuffled = scopes.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  fc.assert(fc.property(shuffled, ([a, b]) => t.strictSame(translate('aurinko', a), translate('aurinko', b))))
})

t.test('The case of scopes changes nothing but the echo of unknown ones', async () => {
  const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(scopes, bits, (list, upper) => {
      const other = list.map((name) => mixCase(name, upper))
      t.strictSame(withoutSpelling(translate('aurinko', other)), withoutSpelling(translate('aurinko', list)))
    }),
  )
})

t.test('Separators and the cut into elements never change the translation', async () => {
  fc.assert(
    fc.property(scopes, separator, separator, (list, between, around) => {
      const joined = around + list.join(between) + around
      t.strictSame(translate('aurinko', [joined]), translate('aurinko', list))
    }),
  )
})

t.test('Asking twice never changes the translation', async () => {
  fc.assert(
    fc.property(scopes, fc.array(fc.nat()), (list, picks) => {
      const again = picks.flatMap((pick) => list[pick % list.length] ?? [])
      t.strictSame(translate('aurinko', [...again, ...list]), translate('aurinko', list))
    }),
  )
})

t.test('The translation of a list is the union of the translations of its scopes', async () => {
  fc.assert(
    fc.property(scopes, (list) => {
      const union = list.flatMap((name) => translate('aurinko', [name]).permissions)
      const whole = translate('aurinko', list).permissions
      t.strictSame(new Set(whole), new Set(union))
      t.equal(new Set(whole).size, whole.length)
    }),
  )
})

t.test('Any text at all is translated without a throw, into sound parts', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom('/', ':', '.', ' ', '+', 'https://', 'outlook', 'graph', 'Mail', 'Read'),
    }),
    fc.tuple(scope, fc.string()).map(([a, b]) => a + b),
  )
  let sound = 0
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (list) => {
      const { permissions, ignored, unmapped, notes } = translate('aurinko', list)
      const echoes = [...ignored, ...unmapped.map((entry) => entry.scope)]
      sound += 1
      return (
        permissions.every((permission) => cataloguedPermissions.includes(permission)) &&
        echoes.every((echo) => echo !== '' && echo.length <= 128 && echo.isWellFormed()) &&
        unmapped.every(({ suggestions }) => suggestions.length <= 3) &&
        notes.every((note) => note.endsWith('.'))
      )
    }),
    { numRuns: 10_000 },
  )
  t.ok(sound >= 10_000)
})
