/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

type Part = string | Html | readonly Html[] | undefined

/** Escapes every value that is not itself made by this function; undefined is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((whole, text, i) => whole + renderPart(parts[i - 1]) + text) }
}

/**
 * Text that others chose, such as a display name. `<bdi>` isolates its direction, but a control character that
 * ends an isolate would end this one too, so those are left out.
 */
export function foreign(text: string): Html {
  return html`<bdi>${withoutControls(text)}</bdi>`
}

/**
 * An address as it may stand in `href`: `http:` and `https:` alone, since `javascript:` is an address too.
 * A path stays one of this service. Undefined for anything else.
 */
export function linkAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text, ownOrigin)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  if (url.origin !== ownOrigin) return url.href
  // `/.//example.com` has the path `//example.com`, which in `href` is another host.
  return `/${url.pathname.replace(/^\/+/, '')}${url.search}`
}

/** Stands for this service, whose real origin no page needs to know (RFC 2606 §2 reserves the name). */
const ownOrigin = 'https://service.invalid'

const controls = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu

function withoutControls(text: string): string {
  return text.toWellFormed().replace(controls, ' ')
}

function renderPart(part: Part): string {
  if (part === undefined) return ''
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
