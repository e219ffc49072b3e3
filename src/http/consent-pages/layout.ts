import { foreign, type Html, html } from './html.ts'
import type { Language } from './language.ts'
import { stringsOf } from './strings.ts'
import { stylesheetPath } from './style.ts'

export interface Page {
  readonly title: string
  readonly content: Html
  readonly refresh?: { readonly seconds: number; readonly address: string }
  /** What to quote when asking for help. */
  readonly reference?: string
  readonly microsoftReference?: string
}

export function renderPage(page: Page, language: Language): string {
  const strings = stringsOf(language)
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${page.refresh && refreshTag(page.refresh)}<title>${page.title}</title>
<link rel="stylesheet" href="${stylesheetPath}">
</head>
<body>
<header>
<p>${shield}${strings.banner}</p>
</header>
<main>
${page.content}
</main>
<footer>
${references(page, language)}<p>${strings.notMicrosoft}</p>
</footer>
</body>
</html>
`.html
}

// `linkAddress` wrote the address, so it begins with a slash or a scheme and needs no quotes of its own.
function refreshTag({ seconds, address }: { readonly seconds: number; readonly address: string }): Html {
  return html`<meta http-equiv="refresh" content="${String(seconds)};url=${address}">
`
}

function references({ reference, microsoftReference }: Page, language: Language): Html | undefined {
  if (reference === undefined) return undefined
  const strings = stringsOf(language)
  const pair = (
    term: string,
    value: string,
  ) => html`<div><dt>${term}</dt><dd><code>${foreign(value)}</code></dd></div>
`
  return html`<dl>
${pair(strings.reference, reference)}${
  microsoftReference === undefined ? undefined : pair(strings.microsoftReference, microsoftReference)
}</dl>
<p>${strings.quoteIt}</p>
`
}

const shield = html`<svg aria-hidden="true" viewBox="0 0 24 24" width="24" height="24"><path fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" d="M12 3l7.5 2.6v5.6c0 4.6-3 8-7.5 9.8-4.5-1.8-7.5-5.2-7.5-9.8V5.6z"/><path fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" d="M8.7 12l2.4 2.4 4.3-4.6"/></svg>`
