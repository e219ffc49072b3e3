import fc from 'fast-check'
import t from 'tap'
import type { Permission } from '../../src/domain/permission.ts'
import { languages } from '../../src/http/consent-pages/language.ts'
import {
  type ConsentOutcome,
  type LandingView,
  type OutcomeView,
  pageHeaders,
  renderDeparture,
  renderLanding,
  renderOutcome,
  stylesheet,
  stylesheetPath,
} from '../../src/http/consent-pages/pages.ts'

const mail: Permission = { resource: 'graph', value: 'Mail.Read' }
const landing: LandingView = {
  applicationName: 'Mail Archive',
  clientId: '6f1c2f0e-50c7-4b8f-9a41-2f9d4a7c11aa',
  supportUrl: 'https://help.example/contact',
  directoryName: 'Fabrikam',
  directoryId: '0b8f5f7a-0d4a-4a35-8c0d-9f5f8b1f3a11',
  permissions: [mail, { resource: 'outlook', value: 'IMAP.AccessAsApp' }],
  action: '/consent/ticket',
}
const plainKinds = [
  'ready',
  'cancelled',
  'wrong_directory',
  'not_administrator',
  'link_invalid',
  'already_used',
  'other_browser',
  'microsoft_unavailable',
  'microsoft_refused',
  'not_verified',
  'too_many',
  'unavailable',
] as const
const outcomes: readonly ConsentOutcome[] = [
  { kind: 'checking', next: '/consent/result/1', seconds: 3 },
  { kind: 'permissions_missing', permissions: [mail] },
  ...plainKinds.map((kind) => ({ kind })),
]

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** What every page must be, whatever is written on it. */
function faultsOf(page: string): string[] {
  const tags = page.match(/<[^>]*>/g) ?? []
  return [
    ...tags.filter((tag) => /^<(script|style|iframe|base|object|img)\b|\s(on\w+|style)\s*=/i.test(tag)),
    ...[...page.matchAll(/href="([^"]*)"/g)]
      .map(([, url = '']) => url)
      .filter((url) => !/^(\/(?!\/)|https?:\/\/)/.test(url)),
    ...(count(page, /<h1[ >]/g) === 1 ? [] : ['not one h1']),
    ...(count(page, /<main>/g) === 1 ? [] : ['not one main']),
    ...(/<title>[^<]+<\/title>/.test(page) ? [] : ['no title']),
  ]
}

/** The tags of a page, without what attributes say: what others write must never change them. */
function skeleton(page: string): string[] {
  return (page.match(/<\/?[a-z0-9]+/gi) ?? []).map((tag) => tag.toLowerCase())
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></bdi><h1>Approved</h1>',
    '\u202Egnp.exe\u2069\u2067',
    '&lt;b&gt;',
    '\uD800',
    'x'.repeat(10_240),
  ),
)
const hostileUrl = fc.oneof(
  hostile,
  fc.constantFrom(
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    ' JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '/.//evil.example',
  ),
  fc.string({ maxLength: 20 }).map((path) => `https://help.example/${path}`),
)

t.test('nothing that others write changes what a page is made of', async (t) => {
  const names = fc.record({
    name: hostile,
    directory: hostile,
    id: hostile,
    value: hostile,
    reference: hostile,
  })
  const property = fc.property(names, hostileUrl, fc.constantFrom(...languages), (words, url, language) => {
    const permissions: Permission[] = [{ resource: 'graph', value: words.value }]
    const view = {
      ...landing,
      applicationName: words.name,
      directoryName: words.directory,
      directoryId: words.id,
    }
    const same = { ...landing, permissions: [{ resource: 'graph', value: 'no such' }] as const }
    const page = renderLanding({ ...view, permissions }, language, words.reference)
    const outcome = renderOutcome(
      {
        outcome: { kind: 'permissions_missing', permissions },
        applicationName: words.name,
        supportUrl: url,
        returnUrl: url,
        retry: url,
        reference: words.reference,
        microsoftReference: words.id,
      },
      language,
    )
    const faults = [...faultsOf(page), ...faultsOf(outcome)]
    if (faults.length > 0) throw new Error(faults.join('\n'))
    if (skeleton(page).join() !== skeleton(renderLanding(same, language, 'x')).join())
      throw new Error('other tags')
    if (/[\u202A-\u202E\u2066-\u2069]/.test(page + outcome))
      throw new Error('a control character can turn text around')
  })
  fc.assert(property, { numRuns: 400 })
  t.match(
    renderLanding({ ...landing, applicationName: '<b>&"' }, 'en', 'x'),
    '<bdi>&lt;b&gt;&amp;&quot;</bdi>',
  )
})

t.test('addresses that are not of the web are left out, and Microsoft’s must be one', async (t) => {
  const view: OutcomeView = { outcome: { kind: 'ready' }, returnUrl: 'https://app.example/', reference: 'r' }
  t.match(renderOutcome(view, 'en'), '<a class="button" href="https://app.example/" rel="noreferrer">')
  t.notMatch(renderOutcome({ ...view, returnUrl: 'javascript:alert(1)' }, 'en'), /<a /)
  t.notMatch(renderLanding({ ...landing, supportUrl: 'data:text/html,x' }, 'en', 'r'), /<a /)
  t.throws(() => renderDeparture('javascript:alert(1)', 'en'))
})

for (const language of languages)
  t.test(`every outcome says in ${language} what became of it, and what to quote`, async (t) => {
    const headings = new Set<string>()
    for (const outcome of outcomes) {
      const view = { outcome, reference: 'req-17', microsoftReference: 'ms-42' }
      const named = {
        ...view,
        applicationName: 'Mail Archive',
        retry: '/consent/ticket',
        supportUrl: 'https://help.example/',
      }
      for (const page of [renderOutcome(view, language), renderOutcome(named, language)]) {
        t.same(faultsOf(page), [], outcome.kind)
        t.notMatch(page, /undefined|\[object|\$\{|=>/, 'no placeholder is left')
        t.match(page, `<html lang="${language}">`)
        t.match(page, '<code><bdi>req-17</bdi></code>')
        t.match(page, '<code><bdi>ms-42</bdi></code>')
        headings.add(/<h1>(.*)<\/h1>/.exec(page)?.[1] ?? '')
      }
      t.match(renderOutcome(named, language), 'href="/consent/ticket"')
      t.match(renderOutcome(named, language), 'href="https://help.example/"')
    }
    t.equal(headings.size, outcomes.length, 'no two of them look alike')
  })

t.test('the waiting page looks again by itself, and on request', async (t) => {
  const page = renderOutcome(
    { outcome: { kind: 'checking', next: '/consent/r?a=1&b=2', seconds: 3 }, reference: 'r' },
    'en',
  )
  t.match(page, '<meta http-equiv="refresh" content="3;url=/consent/r?a=1&amp;b=2">')
  t.match(page, 'href="/consent/r?a=1&amp;b=2"')
  t.match(page, 'role="status"')
  t.notMatch(renderOutcome({ outcome: { kind: 'ready' }, reference: 'r' }, 'en'), /http-equiv|role="status"/)
})

t.test('the way to Microsoft is a page, since a form may not be redirected there', async (t) => {
  const url = 'https://login.microsoftonline.com/x/adminconsent?client_id=1&state=2'
  const page = renderDeparture(url, 'de')
  t.same(faultsOf(page), [])
  t.match(page, `content="0;url=${url.replace('&', '&amp;')}"`)
  t.match(page, `href="${url.replace('&', '&amp;')}"`)
})

t.test(
  'the request names who asks, for which directory, and what, in plain words and in Microsoft’s',
  async (t) => {
    const page = renderLanding(landing, 'en', 'req-17')
    t.same(faultsOf(page), [])
    for (const text of [
      'Mail Archive',
      landing.clientId,
      'Fabrikam',
      landing.directoryId,
      'help.example',
      'req-17',
    ])
      t.match(page, text)
    t.match(
      page,
      '<strong>Read the e-mail in all mailboxes</strong> <span>Microsoft Graph: <code><bdi>Mail.Read</bdi></code>',
    )
    t.match(page, 'Office 365 Exchange Online: <code><bdi>IMAP.AccessAsApp</bdi></code>')
    t.match(
      page,
      /every mailbox.*Nobody needs to be signed in.*Enterprise applications.*never sees your password/s,
    )
    t.match(page, '<form method="post" action="/consent/ticket">')
    t.notMatch(renderLanding({ ...landing, permissions: [] }, 'en', 'r'), 'class="permissions"')
    const rare = renderLanding(
      { ...landing, permissions: [{ resource: 'graph', value: 'Acronym.Read.All' }] },
      'de',
      'r',
    )
    t.match(
      rare,
      '<span lang="en">Read all acronyms</span>',
      'Microsoft’s own words where there are no others',
    )
  },
)

t.test('no page runs, frames or loads anything but its stylesheet', async (t) => {
  const policy = pageHeaders['content-security-policy'] ?? ''
  t.match(policy, "default-src 'none'")
  t.notMatch(policy, /unsafe|https?:|\*/)
  t.match(stylesheetPath, /^\/consent\/assets\/consent\.[0-9a-f]{16}\.css$/)
  t.notMatch(stylesheet, /url\(|@import/)
})
