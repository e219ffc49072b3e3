import t from 'tap'
import { dialectIds, findDialect } from '../../src/catalogue/dialects.ts'
import { languages } from '../../src/http/consent-pages/language.ts'
import { chooseLanguage, stylesheet } from '../../src/http/consent-pages/pages.ts'
import { describePermission, stringsOf } from '../../src/http/consent-pages/strings.ts'

t.test('both languages have words for whatever a dialect can lead to', async (t) => {
  const reachable = dialectIds.flatMap((id) =>
    [...findDialect(id).scopes.values()].flatMap(({ permissions }) => permissions),
  )
  t.ok(reachable.length > 100)
  for (const language of languages)
    t.same(
      reachable.filter((permission) => describePermission(permission, stringsOf(language)) === undefined),
      [],
    )
  t.same(keysOf(stringsOf('de')), keysOf(stringsOf('en')))
  for (const value of ['__proto__', 'constructor', 'toString'])
    t.equal(describePermission({ resource: 'graph', value }, stringsOf('en')), undefined)
})

function keysOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]))
}

t.test('the language is the one that the browser would rather have', async (t) => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['DE-ch', 'de'],
    ['en;q=0.5, de;q=0.6', 'de'],
    ['en-GB;q=0.9, de;q=0.8', 'en'],
    ['de, en', 'de'],
    ['en, de', 'en'],
    ['fr, de;q=0.1', 'de'],
    ['fr', 'en'],
    ['*', 'en'],
    ['*, de', 'de'],
    ['*;q=0.1, en;q=0', 'de'],
    ['en;q=0', 'en'],
    ['de;q=0, en;q=0.1', 'en'],
    ['de;q=0, de-AT, *;q=0.1', 'en'],
    ['de-AT;q=0, de', 'de'],
    ['de;q=2, en;q=0.1', 'en'],
    ['de ; q=0.7 , en;q=0.6', 'de'],
    ['den, deu', 'en'],
    [';;;,,,q=1', 'en'],
  ]
  for (const [header, language] of cases) t.equal(chooseLanguage(header), language, header ?? 'no header')
})

t.test('all text can be read, by light and in the dark', async (t) => {
  const [light = '', dark = ''] = stylesheet.split('@media (prefers-color-scheme: dark)')
  for (const scheme of [light, dark]) {
    const colour = (name: string) => new RegExp(`--${name}: #([0-9a-f]{6})`).exec(scheme)?.[1] ?? ''
    const pairs = ['ink', 'muted', 'link', 'done', 'attention'].flatMap((text) =>
      ['page', 'card', 'soft'].map((ground) => [text, ground] as const),
    )
    for (const [text, ground] of [
      ...pairs,
      ['on-action', 'action'],
      ['on-action', 'action-hover'],
      ['focus', 'card'],
    ] as const) {
      const ratio = contrast(colour(text), colour(ground))
      t.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(1)}`)
    }
  }
  const used = [...stylesheet.matchAll(/(?:^|[^-])color: ([^;} ]+)/g)].map(([, value]) => value)
  t.same(
    used.filter((value) => !/^var\(--(ink|muted|link|done|attention|on-action)\)$/.test(value ?? '')),
    [],
    'and there are no other colours of text',
  )
})

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
