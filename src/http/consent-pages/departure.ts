import { html, linkAddress } from './html.ts'
import type { Language } from './language.ts'
import { renderPage } from './layout.ts'
import { stringsOf } from './strings.ts'

/**
 * The way to Microsoft's page. A page and not a redirect, because browsers hold the redirects of a form to
 * `form-action` as well, which names this service alone.
 */
export function renderDeparture(url: string, language: Language): string {
  const address = linkAddress(url)
  if (address === undefined) throw new Error('the page of Microsoft has no web address')
  const { heading, text, link } = stringsOf(language).departure
  const content = html`<h1>${heading}</h1>
<p role="status">${text}</p>
<p><a class="button" href="${address}" rel="noreferrer">${link}</a></p>`
  return renderPage({ title: heading, content, refresh: { seconds: 0, address } }, language)
}
