/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

type Part = string | Html | readonly Html[]

/** Escapes every value that is not itself made by this function. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((whole, text, i) => whole + render(parts[i - 1] ?? '') + text) }
}

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

function render(part: Part): string {
  if (typeof part === 'string') return escapeText(part)
  return 'html' in part ? part.html : part.map((one) => one.html).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
