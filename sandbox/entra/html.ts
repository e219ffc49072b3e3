import { type Html, html } from '../../src/http/consent-pages/html.ts'

/** A page of the local Entra; every value that is not itself HTML comes out escaped. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1b }
small { color: #595959 }
button { font: inherit; padding: .4rem 1.4rem; margin-right: .5rem }
</style>
</head>
<body>
<main>
<p><small>Microsoft Entra sandbox: nothing here leaves this machine.</small></p>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.html
}
