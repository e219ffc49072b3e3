import { foreign, type Html, html, linkAddress } from './html.ts'
import type { Language } from './language.ts'
import { renderPage } from './layout.ts'
import { permissionList } from './permission-list.ts'
import { type Strings, stringsOf } from './strings.ts'
import type { LandingView } from './views.ts'

/** Who asks whom for what, before anything is decided. `reference` finds the line in the service's log. */
export function renderLanding(view: LandingView, language: Language, reference: string): string {
  const strings = stringsOf(language)
  const text = strings.landing
  const application = foreign(view.applicationName)
  const content = html`<h1>${text.heading(application)}</h1>
<p class="lead">${text.lead(application)}</p>
<h2>${text.who}</h2>
<dl>
${fact(text.application, application)}${fact(text.clientId, html`<code>${foreign(view.clientId)}</code>`)}${supportFact(view, strings)}</dl>
<h2>${text.where}</h2>
<dl>
${view.directoryName === undefined ? undefined : fact(text.directory, foreign(view.directoryName))}${fact(text.directoryId, html`<code>${foreign(view.directoryId)}</code>`)}</dl>
<p>${text.signIn}</p>
<h2>${text.what}</h2>
${view.permissions.length === 0 ? html`<p>${text.notNamed}</p>` : permissionList(view.permissions, strings)}
<h2>${text.onceApproved}</h2>
<ul class="reach">
${text.reach.map(({ term, text: words }) => html`<li><strong>${term}</strong> ${words}</li>\n`)}</ul>
<h2>${text.next}</h2>
<ol>
${text.steps.map((step) => html`<li>${step}</li>\n`)}</ol>
<form method="post" action="${linkAddress(view.action)}">
<button type="submit">${text.button}</button>
<p>${text.nothingYet}</p>
</form>`
  return renderPage({ title: text.title, content, reference }, language)
}

function supportFact({ supportUrl }: LandingView, { landing }: Strings): Html | undefined {
  const address = linkAddress(supportUrl)
  if (address === undefined) return undefined
  // The host is shown, so that nobody has to follow a link to see whose it is.
  const host = URL.parse(address)?.host ?? address
  return fact(landing.supportTerm, html`<a href="${address}" rel="noreferrer">${foreign(host)}</a>`)
}

function fact(term: string, value: Html): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>
`
}
