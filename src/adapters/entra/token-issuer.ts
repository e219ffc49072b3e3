import { ConfidentialClientApplication, LogLevel } from '@azure/msal-node'
import type { Dispatcher } from 'undici'
import type { Acquisition, Clock, Random, TokenIssuer } from '../../broker/ports.ts'
import { type Cloud, type Clouds, tokenEndpoint } from '../../domain/cloud.ts'
import type { MintFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import type { AccessToken, TokenTarget } from '../../domain/token.ts'
import { type Assertion, createAssertions } from './assertions.ts'
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
  /** Told what time it is at Entra, in Unix milliseconds. */
  readonly onDate?: (unix: number) => void
  /** Told of every acquisition that brought no token, in words that may be logged. */
  readonly onFault: (description: object) => void
}

/** How a request proves its client: `auth` as MSAL wants it. */
interface Proven {
  readonly auth: { readonly clientSecret: string } | { readonly clientAssertion: string }
  /** Where that is one. */
  readonly assertion?: Assertion
}

interface Answer {
  readonly result: Result<AccessToken, MintFailure>
  readonly refused: boolean
}

/**
 * Entra as a token issuer, through MSAL: one request an acquisition, no cache of tokens, no discovery, no retry. Only
 * where an assertion that was kept is refused, the request is repeated with a new one: a server may take each once
 * (RFC 7523 §3, item 7), and then none is kept for it any more.
 */
export function createEntraTokenIssuer(options: EntraOptions): TokenIssuer {
  const assertions = createAssertions(options.clock, options.random)

  async function prove(acquisition: Acquisition, endpoint: string): Promise<Result<Proven, MintFailure>> {
    const { proof } = acquisition
    if (proof.kind === 'secret') return ok({ auth: { clientSecret: proof.reveal() } })
    const signed = await assertions.get(acquisition, endpoint)
    if (!signed.ok) return signed
    return ok({ auth: { clientAssertion: signed.value.jwt }, assertion: signed.value })
  }

  return {
    async acquire(acquisition) {
      const { cloud, directoryId } = acquisition.target
      const endpoint = tokenEndpoint(options.clouds[cloud], directoryId)
      const proven = await prove(acquisition, endpoint)
      if (!proven.ok) return proven
      const { auth, assertion } = proven.value
      const answer = await request(acquisition, endpoint, auth, options)
      if (answer.result.ok && assertion !== undefined) assertions.keep(acquisition, endpoint, assertion)
      if (!answer.refused || !assertion?.reused) return answer.result

      assertions.drop(acquisition, endpoint)
      const fresh = await prove(acquisition, endpoint)
      if (!fresh.ok) return fresh
      const { result } = await request(acquisition, endpoint, fresh.value.auth, options)
      if (result.ok) assertions.signEachTime(endpoint)
      return result
    },
  }
}

async function request(
  acquisition: Acquisition,
  endpoint: string,
  auth: Proven['auth'],
  options: EntraOptions,
): Promise<Answer> {
  const { clock, random } = options
  const cloud = options.clouds[acquisition.target.cloud]
  const network = createNetwork(endpoint, options)
  const client = createClient(cloud, acquisition.target, network, auth)
  try {
    const issued = await client.acquireTokenByClientCredential({
      scopes: [`${cloud.resources[acquisition.target.resource]}/.default`],
      skipCache: true,
      correlationId: random.uuid(),
    })
    const { reply } = network
    if (reply === undefined || issued?.accessToken !== reply.access_token)
      return { result: fail({ code: 'entra_nonsense' }), refused: false }
    return { result: ok(toAccessToken(reply, clock, random)), refused: false }
  } catch (error) {
    const { fault } = network
    if (fault === undefined) throw error
    options.onFault(describe(fault, acquisition))
    return { result: fail(explain(fault, acquisition)), refused: isRefusal(fault) }
  }
}

/** Whether Entra looked at the request and did not like it, rather than being unable to answer. */
function isRefusal(fault: ReplyFault): boolean {
  return fault.kind === 'refused' && (fault.refusal.status === 400 || fault.refusal.status === 401)
}

/**
 * A new client for each acquisition (0.8 µs): MSAL's own cache never evicts, is searched linearly, and its
 * throttling memory spans tenants. With the authority's metadata given, it asks nobody where to post.
 */
function createClient(
  cloud: Cloud,
  target: TokenTarget,
  network: AcquisitionNetwork,
  auth: Proven['auth'],
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: target.clientId,
      authority: `${cloud.authority}/${target.directoryId}`,
      knownAuthorities: [new URL(cloud.authority).host],
      authorityMetadata: authorityMetadata(cloud, target),
      ...auth,
    },
    // At its usual level MSAL composes lines that nobody reads, for 7 % of the time of an acquisition.
    system: { networkClient: network, loggerOptions: { logLevel: LogLevel.Error } },
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
  const issuedAt = Math.floor(clock.monotonic())
  const renewal = (reply.refresh_in ?? reply.expires_in / 2) * (1 - random.fraction() / 10)
  const { roles, uti } = readClaims(reply.access_token)
  return {
    value: reply.access_token,
    expiresAtUnix: Math.floor(clock.now() / 1000) + Math.floor(reply.expires_in),
    issuedAt,
    expiresAt: issuedAt + Math.floor(reply.expires_in * 1000),
    refreshAt: issuedAt + Math.floor(renewal * 1000),
    roles,
    uti,
  }
}

function explain(fault: ReplyFault, { credential }: Acquisition): MintFailure {
  switch (fault.kind) {
    case 'unreachable':
      return { code: 'entra_unavailable', retryAfterSeconds: defaultPause }
    case 'nonsense':
      return { code: 'entra_nonsense' }
    case 'refused':
      return explainRefusal(fault.refusal, credential)
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
