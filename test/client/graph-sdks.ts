import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure'
import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { GraphRequestAdapter } from '@microsoft/msgraph-sdk'
import { createUsersServiceClient } from '@microsoft/msgraph-sdk-users'
import { BrokerCredential } from '../../client/src/index.ts'

/*
 * A service that reads mail with Microsoft's two SDKs, in a process of its own: what it trusts is said by
 * NODE_EXTRA_CA_CERTS, which Node reads at its start alone. Prints what it read.
 */

const [url = '', key = '', graph = ''] = process.argv.slice(2)
const scopes = ['https://graph.microsoft.com/.default']
const mailbox = 'adele@contoso.example'
// The name without the port: with it, the SDKs send the request without a token and say nothing.
const host = new URL(graph).hostname

const credential = new BrokerCredential({ url, key, tenant: 'contoso', scopes: ['Mail.Read'] })

const provider = new AzureIdentityAuthenticationProvider(credential, scopes, undefined, new Set([host]))
const adapter = new GraphRequestAdapter(provider)
adapter.baseUrl = `${graph}/v1.0`
const first = await createUsersServiceClient(adapter).users.byUserId(mailbox).messages.get()

const older = Client.initWithMiddleware({
  authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes }),
  baseUrl: graph,
  customHosts: new Set([host]),
})
const second = await older.api(`/users/${mailbox}/messages`).get()

const subjects = (messages: readonly { readonly subject?: string | null }[]) =>
  messages.map(({ subject }) => subject)
process.stdout.write(JSON.stringify([subjects(first?.value ?? []), subjects(second.value)]))
