export { renderDeparture } from './departure.ts'
export { renderLanding } from './landing.ts'
export { chooseLanguage, type Language } from './language.ts'
export { renderOutcome } from './outcomes.ts'
export { stylesheet, stylesheetPath } from './style.ts'
export type { ConsentOutcome, LandingView, OutcomeView } from './views.ts'

/** Nothing runs, nothing is loaded but the stylesheet, nobody frames the page, and forms stay here. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of every page. The stylesheet's name changes with its content, so it alone may be kept. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'cache-control': 'no-store',
  vary: 'accept-language',
  // Addresses hold tickets, which no other site may see. `no-referrer` would make the `Origin` of our own form
  // `null` (Fetch, "append a request Origin header"), and then a check of it could not hold.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
}
