import type { MintFailure } from '../domain/failure.ts'
import type { ProblemTexts } from './problem-texts.ts'

/**
 * What Entra and Key Vault refuse, in words. 409: the tenant must be set up. 424: a person must mend a
 * credential, which generic clients do not retry. 503: it passes. 502: what came back was no answer.
 */
export const entraTexts: ProblemTexts<MintFailure['code']> = {
  application_not_in_directory: () => ({
    status: 409,
    title: 'Application not in the directory',
    detail: 'The directory does not know the application: its administrator has not consented.',
    hint: "Send the tenant's consent link to the customer's administrator. Check client id and cloud if they have.",
  }),
  directory_not_found: () => ({
    status: 409,
    title: 'Directory not found',
    detail: 'Entra does not know the directory.',
    hint: "Check the tenant's directory_id and cloud.",
  }),
  wrong_cloud: () => ({
    status: 409,
    title: 'Wrong cloud',
    detail: 'The directory belongs to another Microsoft cloud.',
    hint: 'Register the tenant and its application with the cloud that the directory is in.',
  }),
  resource_not_found: () => ({
    status: 409,
    title: 'Resource not in the directory',
    detail: 'The API is not available in the directory.',
    hint: 'Check that the service is enabled there, and that the cloud is right.',
  }),
  application_disabled: () => ({
    status: 409,
    title: 'Application disabled',
    detail: 'The application is disabled in the directory.',
    hint: "The customer's administrator can enable it under Enterprise applications, Properties.",
  }),
  credential_missing: ({ application }) => ({
    status: 424,
    title: 'No active credential',
    detail: `The application "${application}" has no active credential.`,
    hint: 'Add a credential, upload its certificate to the app registration and activate it.',
  }),
  credential_rejected: ({ expectedThumbprint }) =>
    expectedThumbprint === undefined
      ? {
          status: 424,
          title: 'Credential rejected',
          detail: 'Entra does not accept the client secret.',
          hint:
            "Add the secret's value, not its id, as a new credential; if it has expired, make a new one. A new " +
            'secret needs a minute until all of Entra knows it. Prefer a certificate: it cannot leak in transit.',
        }
      : {
          status: 424,
          title: 'Credential rejected',
          detail: `Entra does not accept the certificate ${expectedThumbprint}.`,
          hint: 'Upload exactly this certificate to the app registration, or rotate if it has expired or was removed.',
        },
  assertion_expired: () => ({
    status: 424,
    title: 'Clock skew',
    detail: "Entra finds the assertion outside its validity: the broker's clock is wrong.",
    hint: 'Synchronise the clock of the machine that the broker runs on.',
  }),
  credential_unreadable: ({ vaultName }) => ({
    status: 424,
    title: 'Credential unreadable',
    detail: `Key Vault does not hold what the credential names as "${vaultName}".`,
    hint: 'It was deleted, disabled or replaced, or has expired. Recover or enable it, or add a new credential.',
  }),
  policy_blocked: () => ({
    status: 424,
    title: 'Blocked by policy',
    detail: "A Conditional Access policy of the directory blocks the application's sign-in.",
    hint: "Ask the customer's administrator to look at workload policies and allowed egress addresses.",
  }),
  entra_throttled: () => ({
    status: 503,
    title: 'Entra throttles',
    detail: 'Entra asks to be left alone for a while.',
    hint: 'Retry after the time given.',
  }),
  entra_unavailable: () => ({
    status: 503,
    title: 'Entra unavailable',
    detail: 'Entra could not be reached or failed for the moment.',
    hint: 'Retry after the time given.',
  }),
  entra_busy: () => ({
    status: 503,
    title: 'Too many tokens at a time',
    detail:
      'The broker has as many requests at Entra as it allows itself. Tokens that it holds are not affected.',
    hint: 'Retry after the time given. If it lasts, Entra is slow, or callers ask for many tenants at once.',
  }),
  entra_nonsense: () => ({
    status: 502,
    title: 'Unusable answer',
    detail: 'Entra answered with something that is neither a token nor a known error.',
    hint: 'Look for a proxy between the broker and Entra. The log has what can be said of the answer.',
  }),
  key_vault_unavailable: () => ({
    status: 503,
    title: 'Key Vault unavailable',
    detail: "The application's key is not loaded and Key Vault could not be reached.",
    hint: 'Retry after the time given.',
  }),
  key_vault_denied: () => ({
    status: 503,
    title: 'Key Vault denied access',
    detail: 'Key Vault refuses the broker.',
    hint:
      "Give the broker's identity the role Key Vault Secrets Officer on the vault (and Key Vault Crypto User for keys " +
      'that sign), and check its firewall.',
  }),
}
