import { formatPermission } from '../../src/domain/permission.ts'
import { type Html, html } from '../../src/http/consent-pages/html.ts'
import type { AskedConsent, ConsentRequest } from './consent-request.ts'
import { page } from './html.ts'
import { adminApproval } from './refusals.ts'
import { describe, type Refusal, type Trace } from './replies.ts'

const resourceNames = { graph: 'Microsoft Graph', outlook: 'Office 365 Exchange Online' }

/** Who asks, for which directory, and for what. Its form posts the same request with the decision. */
export function permissionsPage({ application, directory, asked }: ConsentRequest): string {
  const roles = application.requiredRoles.map(
    (role) =>
      html`<li><strong>${role.value}</strong> <small>${resourceNames[role.resource]}, application permission</small></li>
`,
  )
  return page(
    'Permissions requested',
    html`<p><strong>${application.displayName}</strong><br><small>${application.clientId}</small></p>
<p>Review for your organization: <strong>${directory.displayName}</strong></p>
<p>This application would like to, without a signed-in user:</p>
<ul>
${roles}</ul>
<p>If you accept, it gets these permissions for everybody in your organization.</p>
<form method="post">
${fieldsOf(asked)}<button name="decision" value="accept">Accept</button>
<button name="decision" value="cancel">Cancel</button>
</form>`,
  )
}

/** For whoever may not decide; it can only be left. */
export function approvalPage({ application, asked }: ConsentRequest): string {
  return page(
    'Need admin approval',
    html`<p>${describe(adminApproval(application.displayName))}</p>
<form method="post">
${fieldsOf(asked)}<button name="decision" value="return">Return to the application without granting consent</button>
</form>`,
  )
}

/** What was asked, to come back with the decision. */
function fieldsOf(asked: AskedConsent): readonly Html[] {
  return Object.entries(asked).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
`,
  )
}

/** Where the application has no redirect URI that the outcome could go to. */
export function outcomePage({ application, directory }: ConsentRequest, accepted: boolean): string {
  const roles = application.requiredRoles.map(
    (role) => html`<li>${formatPermission(role)}</li>
`,
  )
  if (!accepted) return page('Cancelled', html`<p>Nothing was granted to ${application.displayName}.</p>`)
  return page(
    'Permissions granted',
    html`<p>In ${directory.displayName}, ${application.displayName} has:</p>
<ul>
${roles}</ul>`,
  )
}

/** Entra answers what it cannot trust on a page of its own and never by a redirect. */
export function refusalPage(refusal: Refusal, trace: Trace): string {
  return page(
    'Sorry, but we’re having trouble signing you in.',
    html`<p>${describe(refusal)}</p>
<p><small>Request Id: ${trace.traceId}<br>Correlation Id: ${trace.correlationId}<br>Timestamp: ${trace.timestamp}</small></p>`,
  )
}
