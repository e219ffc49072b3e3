import Type from 'typebox'
import { Closed } from './common.ts'
import { problemReplies } from './problem.ts'

/** Pages, also for what goes wrong; a problem is answered only to what no browser sends. */
function pages(replies: Readonly<Record<number, string>>) {
  const content = { 'text/html': { schema: Type.String() } }
  const documented = Object.entries(replies).map(([status, description]) => [
    status,
    { description, content },
  ])
  return { ...Object.fromEntries(documented), ...problemReplies }
}

const open = { tags: ['Consent'], security: [] as [] }
const linkInvalid = 'The link is mistyped, has expired or was revoked; which of these is not said.'
const away = 'The broker cannot consult its database; `Retry-After` says when to try again.'

export const openLink = {
  ...open,
  operationId: 'openConsentLink',
  summary: 'Who asks for consent, and for what',
  description:
    "For the customer's administrator, who needs no key. Opening the link changes nothing, so mail scanners may.",
  params: Closed({ ticket: Type.String() }),
  response: pages({ 200: 'The page, with a button that leads to Microsoft.', 404: linkInvalid, 503: away }),
}

export const beginConsent = {
  ...open,
  operationId: 'beginConsent',
  summary: "Go to Microsoft's consent page",
  description:
    'What the button of the page sends: an empty form. The browser gets a cookie for ten minutes; the answer of ' +
    'Microsoft counts in this browser alone, and once.',
  consumes: ['application/x-www-form-urlencoded'],
  params: Closed({ ticket: Type.String() }),
  response: pages({
    200: "A page that leads to Microsoft's at once.",
    403: 'A page of somebody else sent the form.',
    404: linkInvalid,
    429: 'Too many visits of this link are under way.',
    503: away,
  }),
}

export const callback = {
  ...open,
  operationId: 'consentCallback',
  summary: 'Where Microsoft sends the administrator back to',
  description:
    'Takes `state`, `tenant`, `admin_consent`, `error`, `error_subcode` and `error_description` as Microsoft ' +
    'sends them, and repeats none of them. Nothing here makes a consent: a good answer starts the look for it.',
  response: {
    ...pages({
      200: 'Why there is no consent.',
      400: 'No such visit, one that has ended, another browser, or another directory.',
      503: away,
    }),
    303: {
      description: 'Microsoft says that consent was given.',
      headers: { Location: { type: 'string', description: 'Where the outcome shows.' } },
      type: 'null',
    },
  },
}

export const outcome = {
  ...open,
  operationId: 'consentOutcome',
  summary: 'What came of a consent',
  description:
    'For an hour, on any replica. The page looks again by itself until every declared permission was seen in a ' +
    'token, or says after about a minute what is missing.',
  params: Closed({ receipt: Type.String() }),
  response: pages({
    200: 'The outcome, or that it is looked for.',
    404: linkInvalid,
    503: away,
  }),
}
