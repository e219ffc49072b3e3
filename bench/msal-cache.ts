import { generateKeyPairSync } from 'node:crypto'
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import { FillCache, isA, ReadCache } from './messages.ts'
import { tenantGuid } from './request.ts'
import { serveParent } from './serve-parent.ts'

type AskCache = (tenant: number) => Promise<void>

let cached: AskCache | undefined

/** One client for all directories, as MSAL's samples have it, and each directory's token in MSAL's own cache. */
async function fill({ credential, tenants, accessToken }: FillCache): Promise<AskCache> {
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: tenantGuid(0),
      ...(credential === 'secret' ? { clientSecret: 'bench' } : { clientCertificate: makeCertificate() }),
      authority: authorityOf(0),
      knownAuthorities: ['entra.example'],
    },
    system: { networkClient: createNetwork(accessToken) },
  })
  const scopes = ['https://graph.microsoft.com/.default']
  const ask = async (tenant: number) => {
    const token = await client.acquireTokenByClientCredential({ scopes, authority: authorityOf(tenant) })
    if (token?.fromCache === undefined) throw new Error('MSAL gave no token')
  }
  for (let tenant = 0; tenant < tenants; tenant += 1) await ask(tenant)
  return ask
}

/** MSAL sends the thumbprint and signs with the key; it never looks at a certificate. */
function makeCertificate() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { thumbprintSha256: 'ab'.repeat(32), privateKey }
}

function authorityOf(tenant: number): string {
  return `https://entra.example/${tenantGuid(tenant)}`
}

/** Answers at once and without a network: only the cache is measured. */
function createNetwork(accessToken: string): INetworkModule {
  const reply = (body: object) => ({ status: 200, headers: {}, body: JSON.parse(JSON.stringify(body)) })
  return {
    async sendGetRequestAsync(url) {
      const base = url.slice(0, url.indexOf('/v2.0/'))
      return reply({
        issuer: `${base}/v2.0`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      })
    },
    sendPostRequestAsync: async () =>
      reply({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: accessToken }),
  }
}

/** Milliseconds of one call, over so many of them, of all tenants in turn. */
async function read({ times, tenants }: ReadCache): Promise<number> {
  if (cached === undefined) throw new Error('the cache was not filled')
  const startedAt = performance.now()
  for (let call = 0; call < times; call += 1) await cached(call % tenants)
  return (performance.now() - startedAt) / times
}

serveParent(async (message) => {
  if (isA(FillCache, message)) {
    cached = await fill(message)
    return {}
  }
  if (isA(ReadCache, message)) return { milliseconds: await read(message) }
  throw new Error('the cache was asked what it does not know')
})
