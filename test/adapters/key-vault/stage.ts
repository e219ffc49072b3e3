import type { LookupFunction } from 'node:net'
import type { TokenCredential } from '@azure/identity'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { createApiClient } from '../../../sandbox/api-client.ts'
import { createCertificateAuthority } from '../../../sandbox/certificate-authority.ts'
import { sandboxControl } from '../../../sandbox/control.ts'
import { keyVault } from '../../../sandbox/key-vault/key-vault.ts'
import { createVault } from '../../../sandbox/key-vault/vault.ts'
import { listen } from '../../../sandbox/listen.ts'
import type { Deadlines, KeyVaultOptions } from '../../../src/adapters/key-vault/connection.ts'
import { createCredentialVault } from '../../../src/adapters/key-vault/credential-vault.ts'
import { createKeyCustody } from '../../../src/adapters/key-vault/key-custody.ts'
import { createCertificates } from '../../../src/adapters/x509/certificates.ts'
import { systemClock, systemRandom } from '../../../src/compose/platform.ts'

export const host = 'sandbox.vault.azure.net'

/** The names are production's, so that the client's check of the challenge stays on; the address is loopback. */
export const loopback: LookupFunction = (_name, options, done) => {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

export interface StageOptions {
  readonly deadlines?: Deadlines
  readonly lookup?: LookupFunction
}

/** A request as the vault got it. */
export interface Arrival {
  readonly route: string
  readonly hasBearer: boolean
  /** Bytes of its body. */
  readonly size: number
  /** Milliseconds. */
  readonly at: number
}

/** The adapters over the wire, before a vault whose bearer tokens the test can have expire. */
export async function connectVault(t: Test, { deadlines, lookup = loopback }: StageOptions = {}) {
  const bearer = createBearer()
  const { store, arrivals, watch, ...server } = await startVault(t, bearer)
  const described: object[] = []
  const connection: KeyVaultOptions = {
    url: server.url,
    credential: bearer.identity,
    tls: { ca: server.ca, lookup },
    onError: (description) => described.push(description),
    ...(deadlines === undefined ? {} : { deadlines }),
  }
  const vault = createCredentialVault(connection)
  const certificates = createCertificates(systemClock, systemRandom)
  const unexpected: unknown[] = []
  const onError = (error: unknown) => unexpected.push(error)
  const custody = createKeyCustody({ connection, vault, certificates, onError })
  const dispatcher = new Agent({ connect: { ca: server.ca } })
  t.teardown(() => dispatcher.close())
  const control = createApiClient({ origin: server.origin, dispatcher })
  return {
    ...server,
    connection,
    vault,
    custody,
    store,
    bearer,
    described,
    unexpected,
    arrivals,
    watch,
    /** How often a route was asked since the start. */
    count: (route: string) => arrivals.filter((arrival) => arrival.route === route).length,
    fault: (fault: object) => control('POST', '/_sandbox/faults', fault),
    mend: () => control('DELETE', '/_sandbox/faults'),
  }
}

export type ConnectedVault = Awaited<ReturnType<typeof connectVault>>

async function startVault(t: Test, bearer: Bearer) {
  const authority = await createCertificateAuthority(new Date())
  const store = createVault({ now: Date.now })
  const arrivals: Arrival[] = []
  /** Sees each request before it is answered; what it never lets go is never answered. */
  const watch = { each: async (_request: FastifyRequest, _reply: FastifyReply): Promise<void> => undefined }
  const plugin = keyVault({
    vault: store,
    authority: () => 'https://login.microsoftonline.com/5f0c1c9e-2b1f-4d7c-9d7e-0b8f6a3a1c11',
    resource: 'https://vault.azure.net',
    authenticate: (token) => token === bearer.accepted,
  })
  const listener = await listen(
    async (app) => {
      app.addHook('onRequest', async (request, reply) => {
        if (request.url.startsWith('/_sandbox')) return
        arrivals.push(readArrival(request))
        await watch.each(request, reply)
      })
      await app.register(sandboxControl, { now: Date.now })
      await app.register(plugin)
    },
    await authority.issue(['localhost', host]),
  )
  t.teardown(() => listener.close())
  const url = `https://${host}:${listener.port}`
  return { authority, ca: authority.certificatePem, store, arrivals, watch, url, ...listener }
}

function readArrival({ method, url, headers }: FastifyRequest): Arrival {
  return {
    route: `${method} ${url.replace(/\?.*$/s, '')}`,
    hasBearer: headers.authorization !== undefined,
    size: Number(headers['content-length'] ?? 0),
    at: performance.now(),
  }
}

interface Bearer {
  /** What the vault takes, and what the identity grants when it is asked past what it keeps. */
  accepted: string
  granted: string
  asked: number
  fault?: Error
  readonly identity: TokenCredential
  /** The vault takes no token any more but the next one. */
  renew(): void
}

/** An identity that keeps its token until it is asked past what it keeps, as those of the SDK do. */
function createBearer(): Bearer {
  let kept: string | undefined
  const bearer: Bearer = {
    accepted: 'first',
    granted: 'first',
    asked: 0,
    identity: {
      async getToken(_scopes, options) {
        bearer.asked += 1
        if (bearer.fault !== undefined) throw bearer.fault
        if (kept === undefined || options?.claims !== undefined) kept = bearer.granted
        return { token: kept, expiresOnTimestamp: Date.now() + 3_600_000 }
      },
    },
    renew() {
      bearer.accepted = `${bearer.accepted}+`
      bearer.granted = bearer.accepted
    },
  }
  return bearer
}
