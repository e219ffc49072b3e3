import { invalidClient, invalidRequest, type Refusal } from './replies.ts'

const credentialsPage =
  'https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials'

export function malformedAssertion(reason = ''): Refusal {
  return invalidRequest(50027, `JWT token is invalid or malformed.${reason === '' ? '' : ` ${reason}`}`)
}

export function assertionWithoutKey(): Refusal {
  return invalidClient(
    5002723,
    'Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.',
  )
}

/** The list is the one that Entra prints: it leaves PS256 out and accepts it. */
export function unsupportedAlgorithm(alg: string): Refusal {
  return invalidClient(
    5002738,
    `Invalid JWT token. '${alg}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256,RS384,RS512'`,
  )
}

export function assertionOfAnotherClient(): Refusal {
  return invalidClient(
    700021,
    `Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at ${credentialsPage} .`,
  )
}

export function wrongAudience(): Refusal {
  return invalidClient(
    700023,
    `Client assertion audience claim does not match Realm issuer. Review the documentation at ${credentialsPage} .`,
  )
}

/** All three in Unix seconds. */
export function outsideValidTime(now: number, notBefore: number, expiresAt: number): Refusal {
  return invalidClient(
    700024,
    `Client assertion is not within its valid time range. Current time: ${sevenDecimals(now)}, assertion valid from ${sevenDecimals(notBefore)}, expiry time of assertion ${sevenDecimals(expiresAt)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
  )
}

/** `thumbprint` is the SHA-1 in hex where the client named its key so. */
export function unregisteredKey(clientId: string, thumbprint?: string): Refusal {
  const named = thumbprint === undefined ? '' : `Thumbprint of key used by client: '${thumbprint}', `
  return invalidClient(
    700027,
    `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., ${named}${whereToLook(clientId)}]${thumbprint === undefined ? '.' : ". Alternatively, SNI may be configured on the app. Please ensure that client assertion is being sent with the x5c claim in the JWT header using MSAL's WithSendX5C() method so that Azure Active Directory can validate the certificate being used."}`,
  )
}

export function invalidSignature(
  clientId: string,
  key: { readonly sha1: string; readonly notBefore: number; readonly notAfter: number },
): Refusal {
  return invalidClient(
    700027,
    `Client assertion contains an invalid signature. [Reason - Key was found, but use of the key to verify the signature failed., Thumbprint of key used by client: '${key.sha1}', Found key 'Start=${americanDate(key.notBefore)}, End=${americanDate(key.notAfter)}', ${whereToLook(clientId)}].`,
  )
}

export function certificateOutsideValidity(): Refusal {
  return invalidClient(1000502, 'The client certificate is not within its valid time range.')
}

function whereToLook(clientId: string): string {
  return `Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${clientId}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/${clientId}'`
}

function sevenDecimals(seconds: number): string {
  const lastSecondOfYear9999 = 253_402_300_799
  const milliseconds = Math.min(Math.max(seconds, 0), lastSecondOfYear9999) * 1000
  return new Date(milliseconds).toISOString().replace('Z', '0000Z')
}

/** `MM/dd/yyyy HH:mm:ss`, in UTC. */
function americanDate(milliseconds: number): string {
  const [date = '', time = ''] = new Date(milliseconds).toISOString().slice(0, 19).split('T')
  const [year, month, day] = date.split('-')
  return `${month}/${day}/${year} ${time}`
}
