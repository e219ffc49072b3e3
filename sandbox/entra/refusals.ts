import { invalidClient, invalidRequest, type Refusal } from './replies.ts'

export function malformedDirectory(directory: string): Refusal {
  return invalidRequest(
    900023,
    `Specified tenant identifier '${directory}' is neither a valid DNS name, nor a valid external domain.`,
  )
}

export function unknownDirectory(directory: string): Refusal {
  return invalidRequest(
    90002,
    `Tenant '${directory}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  )
}

/** `common` and its like name no directory. */
export function noDirectory(): Refusal {
  const text =
    'No tenant-identifying information found in either the request or implied by any provided credentials.'
  return { ...invalidRequest(50059, text), hasPage: false }
}

export function missingParameter(name: string): Refusal {
  return invalidRequest(900144, `The request body must contain the following parameter: '${name}'.`)
}

export function missingField(name: string): Refusal {
  return invalidRequest(
    90014,
    `The required field '${name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.`,
  )
}

export function unsupportedGrant(grantType: string): Refusal {
  const text = `The app requested an unsupported grant type '${grantType}'.`
  return { code: 70003, status: 400, error: 'unsupported_grant_type', text, hasPage: true }
}

export function scopeWithoutDefault(scope: string): Refusal {
  return invalidScope(
    1002012,
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    false,
  )
}

export function scopeOfTwoResources(scope: string): Refusal {
  return invalidScope(
    700022,
    `The provided value for the input parameter scope is not valid because it contains more than one resource. The scope ${scope} is not valid.`,
    true,
  )
}

export function unusableScope(scope: string): Refusal {
  return invalidScope(
    70011,
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
    false,
  )
}

export function unknownResource(resource: string, directoryName: string): Refusal {
  const text = `The resource principal named ${resource} was not found in the tenant named ${directoryName}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`
  return { code: 500011, status: 400, error: 'invalid_resource', text, hasPage: true }
}

export function absentApplication(clientId: string, directoryName: string): Refusal {
  return unauthorizedClient(
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${directoryName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  )
}

export function absentServicePrincipal(clientId: string, directoryId: string): Refusal {
  return invalidClient(
    7000229,
    `The client application ${clientId} is missing service principal in the tenant ${directoryId}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119`,
  )
}

export function disabledApplication(clientId: string, name: string): Refusal {
  return unauthorizedClient(7000112, `Application '${clientId}'(${name}) is disabled.`)
}

export function missingCredentials(): Refusal {
  return invalidClient(
    7000216,
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  )
}

export function wrongSecret(clientId: string): Refusal {
  return invalidClient(
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  )
}

export function expiredSecret(clientId: string): Refusal {
  return invalidClient(
    7000222,
    `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
  )
}

export function wrongRedirectUri(redirectUri: string, clientId: string): Refusal {
  return invalidRequest(
    50011,
    `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this.`,
  )
}

export function noReplyAddress(): Refusal {
  return invalidRequest(500113, 'No reply address is registered for the application.')
}

function unauthorizedClient(code: number, text: string): Refusal {
  return { code, status: 400, error: 'unauthorized_client', text, hasPage: true }
}

function invalidScope(code: number, text: string, hasPage: boolean): Refusal {
  return { code, status: 400, error: 'invalid_scope', text, hasPage }
}

export function adminApproval(displayName: string): Refusal {
  const text = `${displayName} needs permission to access resources in your organization that only an admin can grant. Ask an admin to grant permission to this app before you can use it.`
  return { code: 90094, status: 400, error: 'access_denied', text, hasPage: false }
}
