import { findResource, type NamedResource } from './catalogue.ts'

const longestEcho = 128
const shortNames: readonly NamedResource[] = ['graph', 'outlook', 'azure-ad-graph']

/** One scope as it was asked for, read without knowing any dialect. */
export interface ScopeText {
  /** Lower case, without resource and slashes. Empty where only a resource was named. */
  readonly name: string
  readonly resource: NamedResource | undefined
  /** The resource's own text where the scope named one: a URI, an application id or a short name. */
  readonly prefix: string | undefined
}

/** Parted by white space (RFC 6749 §3.3), by comma in platforms' documents, by plus in copied URLs. */
export function splitScopes(text: string): string[] {
  return text.split(/[\s,+]+/).filter((part) => part !== '')
}

/** Reads one part of a list of scopes; case and slashes around the name carry no meaning. */
export function readScope(part: string): ScopeText {
  const text = trimSlashes(part.toLowerCase())
  // A URI's own slashes are no separator, so the search begins behind them.
  const slash = text.indexOf('/', text.startsWith('https://') ? 'https://'.length : 0)
  const prefix = slash < 0 ? text : text.slice(0, slash)
  const resource = findResource(prefix)
  if (resource !== undefined) {
    return qualified(text, resource, slash < 0 ? '' : trimSlashes(text.slice(slash)), prefix)
  }
  const colon = text.indexOf(':')
  const short = colon < 0 ? undefined : shortNames.find((name) => name === text.slice(0, colon))
  if (short !== undefined) return qualified(text, short, trimSlashes(text.slice(colon + 1)), short)
  return { name: text, resource: undefined, prefix: undefined }
}

function qualified(text: string, resource: NamedResource, name: string, prefix: string): ScopeText {
  // A second resource inside the name would override the first: `https://graph.microsoft.com/outlook:…`.
  if (name.includes(':')) return { name: text, resource: undefined, prefix: undefined }
  return { name, resource, prefix }
}

// A loop, since a pattern for slashes at the end takes quadratic time on a text that is full of them.
function trimSlashes(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '/') start += 1
  while (end > start && text[end - 1] === '/') end -= 1
  return text.slice(start, end)
}

/** A caller's own text, fit to be sent back: short, and valid Unicode. */
export function echo(text: string): string {
  return text.slice(0, longestEcho).toWellFormed()
}
