import { foreign, type Html, html, linkAddress } from './html.ts'
import { iconOf, type Tone } from './icons.ts'
import type { Language } from './language.ts'
import { renderPage } from './layout.ts'
import { permissionList } from './permission-list.ts'
import { type Strings, type Subject, stringsOf } from './strings.ts'
import type { ConsentOutcome, OutcomeView } from './views.ts'

const tones: Readonly<Record<ConsentOutcome['kind'], Tone>> = {
  checking: 'waiting',
  ready: 'done',
  permissions_missing: 'attention',
  cancelled: 'notice',
  wrong_directory: 'attention',
  not_administrator: 'attention',
  link_invalid: 'attention',
  already_used: 'notice',
  other_browser: 'notice',
  microsoft_unavailable: 'attention',
  microsoft_refused: 'attention',
  not_verified: 'waiting',
  too_many: 'attention',
  unavailable: 'attention',
}

/** What became of the request, and what the administrator can do next. */
export function renderOutcome(view: OutcomeView, language: Language): string {
  const strings = stringsOf(language)
  const { outcome, applicationName } = view
  const { heading, paragraphs } = strings.outcomes[outcome.kind]
  const application =
    applicationName === undefined ? html`${strings.theApplication}` : foreign(applicationName)
  const said = paragraphs(application).map((paragraph) => html`<p>${paragraph}</p>\n`)
  const content = html`${iconOf(tones[outcome.kind])}
<h1>${heading}</h1>
${outcome.kind === 'checking' ? html`<div role="status">\n${said}</div>\n` : said}${missing(outcome, strings)}${links(view, strings, application)}`
  const next = outcome.kind === 'checking' ? linkAddress(outcome.next) : undefined
  const refresh =
    outcome.kind === 'checking' && next !== undefined
      ? { seconds: outcome.seconds, address: next }
      : undefined
  return renderPage(
    {
      title: heading,
      content,
      reference: view.reference,
      ...(view.microsoftReference === undefined ? {} : { microsoftReference: view.microsoftReference }),
      ...(refresh === undefined ? {} : { refresh }),
    },
    language,
  )
}

function missing(outcome: ConsentOutcome, strings: Strings): Html | undefined {
  if (outcome.kind !== 'permissions_missing') return undefined
  return html`<h2>${strings.missing}</h2>
${permissionList(outcome.permissions, strings)}
`
}

/** The first link is the likeliest next step. */
function links(view: OutcomeView, strings: Strings, application: Subject): Html | undefined {
  const { outcome } = view
  const next = outcome.kind === 'checking' ? outcome.next : undefined
  const wanted: readonly (readonly [address: string | undefined, text: string | Html])[] = [
    [next, strings.lookAgain],
    [view.retry, strings.outcomes[outcome.kind].retry],
    [view.returnUrl, strings.back(application)],
    [view.supportUrl, strings.support],
  ]
  const items = wanted.flatMap(([url, text]) => {
    const address = linkAddress(url)
    return address === undefined ? [] : [html`<li><a href="${address}" rel="noreferrer">${text}</a></li>\n`]
  })
  return items.length === 0 ? undefined : html`<ul class="links">\n${items}</ul>\n`
}
