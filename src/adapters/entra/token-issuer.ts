import { ConfidentialClientApplication } from '@azure/msal-node'
import type { Dispatcher } from 'undici'
import type { Acquisition, Clock, Random, TokenIssuer } from '../../broker/ports.ts'
import { type Cloud, type Clouds, tokenEndpoint } from '../../domain/cloud.ts'
import type { MintFailure } from '../../domain/failure.ts'
import { fail, ok } from '../../domain/result.ts'
import type { AccessToken, TokenTarget } from '../../domain/token.ts'
import { signAssertion } from './assertion.ts'
import { readClaims } from './claims.ts'
import { defaultPause, explainRefusal } from './failures.ts'
import { type AcquisitionNetwork, createNetwork } from './network.ts'
import type { ReplyFault, TokenReply } from './reply.ts'

export interface EntraOptions {
  readonly clouds: Clouds
  /** Reaches the authorities; its connect timeout is the caller's to set. */
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly random: Random
  /** Told of every acquisition that brought no token, in words that may be logged. */
  readonly onFault: (description: object) => void
}

/** Entra as a token issuer, through MSAL: one request an acquisition, no cache, no discovery, no retry. */
export function createEntraTokenIssuer(options: EntraOptions): TokenIssuer {
  const { clouds, dispatcher, clock, random } = options
  return {
    async acquire(acquisition) {
      const cloud = clouds[acquisition.target.cloud]
      const network = createNetwork(tokenEndpoint(cloud, acquisition.target.directoryId), dispatcher, clock)
      const client = createClient(cloud, acquisition, network, options)
      try {
        const result = await client.acquireTokenByClientCredential({
          scopes: [`${cloud.resources[acquisition.target.resource]}/.default`],
          skipCache: true,
          correlationId: random.uuid(),
        })
        const { reply } = network
        if (reply === undefined || result?.accessToken !== reply.access_token)
          return fail({ code: 'entra_nonsense' })
        return ok(toAccessToken(reply, clock, random))
      } catch (error) {
        if (network.fault === undefined) throw error
        options.onFault(describe(network.fault, acquisition))
        return fail(explain(network.fault, acquisition))
      }
    },
  }
}

/**
 * A new client for each acquisition (0.8 µs): MSAL's own cache never evicts, is searched linearly, and its
 * throttling memory spans tenants. With the authority's metadata given, it asks nobody where to post.
 */
function createClient(
  cloud: Cloud,
  acquisition: Acquisition,
  network: AcquisitionNetwork,
  { clock, random }: EntraOptions,
): ConfidentialClientApplication {
  const { target } = acquisition
  return new ConfidentialClientApplication({
    auth: {
      clientId: target.clientId,
      authority: `${cloud.authority}/${target.directoryId}`,
      knownAuthorities: [new URL(cloud.authority).host],
      authorityMetadata: authorityMetadata(cloud, target),
      clientAssertion: ({ tokenEndpoint: audience }) => {
        if (audience === undefined) throw new Error('MSAL named no token endpoint to sign for')
        return signAssertion(acquisition, audience, clock, random)
      },
    },
    system: { networkClient: network },
  })
}

function authorityMetadata(cloud: Cloud, { directoryId }: TokenTarget): string {
  const base = `${cloud.authority}/${directoryId}`
  return JSON.stringify({
    issuer: `${base}/v2.0`,
    token_endpoint: tokenEndpoint(cloud, directoryId),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  })
}

/**
 * Lifetimes run on the monotonic clock from the moment the reply is here. Renewal is due when Entra says so, else
 * at half-life, up to a tenth earlier at random, so that tokens minted together are not renewed together.
 */
function toAccessToken(reply: TokenReply, clock: Clock, random: Random): AccessToken {
  const issuedAt = clock.monotonic()
  const renewal = (reply.refresh_in ?? reply.expires_in / 2) * (1 - random.fraction() / 10)
  return {
    value: reply.access_token,
    expiresAtUnix: Math.floor(clock.now() / 1000) + Math.floor(reply.expires_in),
    issuedAt,
    expiresAt: issuedAt + reply.expires_in * 1000,
    refreshAt: issuedAt + renewal * 1000,
    ...readClaims(reply.access_token),
  }
}

function explain(fault: ReplyFault, { credential }: Acquisition): MintFailure {
  switch (fault.kind) {
    case 'unreachable':
      return { code: 'entra_unavailable', retryAfterSeconds: defaultPause }
    case 'nonsense':
      return { code: 'entra_nonsense' }
    case 'refused':
      return explainRefusal(fault.refusal, credential.thumbprintSha1)
  }
}

function describe(fault: ReplyFault, { target }: Acquisition): object {
  const { directoryId: directory_id, clientId: client_id } = target
  if (fault.kind !== 'refused') return { directory_id, client_id, ...fault }
  const { status, error, codes, traceId, correlationId } = fault.refusal
  return {
    directory_id,
    client_id,
    kind: fault.kind,
    status,
    oauth_error: error,
    codes,
    trace_id: traceId,
    correlation_id: correlationId,
  }
}
