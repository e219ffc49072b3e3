import { foreign, type Html, html, linkAddress } from './html.ts'
import { iconOf, type Tone } from './icons.ts'
import type { Language } from './language.ts'
import { renderPage } from './layout.ts'
import { permissionList } from './permission-list.ts'
import { type Strings, type Subject, stringsOf } from './strings.ts'
import type { ConsentOutcome, OutcomeView } from './views.ts'

type Step = 'next' | 'retry' | 'back' | 'support'

/** How each looks, and which of its links is the likeliest next step: that one is shown as a button. */
const looks: Readonly<Record<ConsentOutcome['kind'], { readonly tone: Tone; readonly step: Step }>> = {
  checking: { tone: 'waiting', step: 'next' },
  ready: { tone: 'done', step: 'back' },
  permissions_missing: { tone: 'attention', step: 'retry' },
  cancelled: { tone: 'notice', step: 'retry' },
  wrong_directory: { tone: 'attention', step: 'retry' },
  not_administrator: { tone: 'attention', step: 'retry' },
  link_invalid: { tone: 'attention', step: 'support' },
  already_used: { tone: 'notice', step: 'retry' },
  other_browser: { tone: 'notice', step: 'retry' },
  microsoft_unavailable: { tone: 'attention', step: 'retry' },
  microsoft_refused: { tone: 'attention', step: 'support' },
  not_verified: { tone: 'waiting', step: 'back' },
  too_many: { tone: 'attention', step: 'retry' },
  unavailable: { tone: 'attention', step: 'retry' },
}

/** What became of the request, and what the administrator can do next. */
export function renderOutcome(view: OutcomeView, language: Language): string {
  const strings = stringsOf(language)
  const { outcome, applicationName } = view
  const { heading, paragraphs } = strings.outcomes[outcome.kind]
  const application =
    applicationName === undefined ? html`${strings.theApplication}` : foreign(applicationName)
  const said = paragraphs(application).map((paragraph) => html`<p>${paragraph}</p>\n`)
  const content = html`${iconOf(looks[outcome.kind].tone)}
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

function links(view: OutcomeView, strings: Strings, application: Subject): Html | undefined {
  const { outcome } = view
  const { step } = looks[outcome.kind]
  const known: readonly {
    readonly to: Step
    readonly url: string | undefined
    readonly text: string | Html
  }[] = [
    { to: 'next', url: outcome.kind === 'checking' ? outcome.next : undefined, text: strings.lookAgain },
    { to: 'retry', url: view.retry, text: strings.outcomes[outcome.kind].retry },
    { to: 'back', url: view.returnUrl, text: strings.back(application) },
    { to: 'support', url: view.supportUrl, text: strings.support },
  ]
  const sorted = [...known].sort((a, b) => Number(b.to === step) - Number(a.to === step))
  const items = sorted.flatMap(({ to, url, text }) => {
    const address = linkAddress(url)
    const look = to === step ? 'button' : 'link'
    return address === undefined
      ? []
      : [html`<li><a class="${look}" href="${address}" rel="noreferrer">${text}</a></li>\n`]
  })
  return items.length === 0 ? undefined : html`<ul class="links">\n${items}</ul>\n`
}
