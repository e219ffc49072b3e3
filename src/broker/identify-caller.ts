import type { Caller } from '../domain/caller.ts'
import type { Failure } from '../domain/failure.ts'
import { RecentTexts } from '../domain/recent-texts.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import { type ApiKey, digestApiKey, matchesDigest, parseApiKey } from './api-key.ts'
import type { Clock, TokenRefusal, TokenVerifier, VerifiedToken } from './ports.ts'
import type { Registry } from './registry.ts'
import type { RegistrySnapshot } from './registry-snapshot.ts'

type Identified = Result<Caller, Failure>

/** At once, but for a JWT that was not verified before. */
export type IdentifyCaller = (authorization: string | undefined) => Identified | Promise<Identified>

export interface IdentifyCallerOptions {
  readonly registry: Pick<Registry, 'snapshot'>
  readonly clock: Clock
  readonly tokenVerifier: TokenVerifier
  readonly trustedIssuers: ReadonlySet<string>
  /** A key that opens an empty registry, honoured only while no operator can sign in. */
  readonly bootstrapKey?: ApiKey
}

const bearer = /^Bearer +([^ ]{1,8192})$/i
/** Where a key begins after the one space that almost everybody writes. */
const credentialStart = 'Bearer '.length

/** Keys that were found genuine, by the header that carried them. */
const mostVerified = 1_000

/** Who calls. Every way to fail answers alike: whoever guesses learns nothing from the reply. */
export function createIdentifyCaller({
  registry,
  clock,
  tokenVerifier,
  trustedIssuers,
  bootstrapKey,
}: IdentifyCallerOptions): IdentifyCaller {
  const verified = new RecentTexts<{ readonly id: string; readonly sha256: string }>(mostVerified)

  /** Hashing is most of the cost, so a header that was genuine is hashed once; the registry decides every time. */
  function verify(snapshot: RegistrySnapshot, header: string): Caller | undefined {
    const remembered = verified.get(header)
    const key = remembered ?? readKey(header)
    if (key === undefined) return undefined
    const known = snapshot.callerByKey(key.id)
    const genuine = 'text' in key ? matchesDigest(key, known?.key.sha256) : key.sha256 === known?.key.sha256
    if (!genuine || known === undefined) return undefined
    if (remembered === undefined) verified.set(header, { id: key.id, sha256: known.key.sha256 })
    const { expiresAt } = known.key
    const isExpired = expiresAt !== undefined && Date.parse(expiresAt) <= clock.now()
    return isExpired || !known.caller.enabled ? undefined : known.caller
  }

  function verifyBootstrap(snapshot: RegistrySnapshot, header: string): Caller | undefined {
    const key = readKey(header)
    if (bootstrapKey === undefined || key?.id !== bootstrapKey.id) return undefined
    const now = new Date(clock.now()).toISOString()
    if (!matchesDigest(key, digestApiKey(bootstrapKey))) return undefined
    if (snapshot.operatorCanSignIn(now, trustedIssuers)) return undefined
    return bootstrapOperator(now)
  }

  /** The registry is asked after the wait, so a binding that ended meanwhile opens nothing. */
  function bind(verified: Result<VerifiedToken, TokenRefusal>): Identified {
    if (!verified.ok) return verified
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return snapshot
    const caller = snapshot.value.callerByIdentity(verified.value)
    return caller?.enabled ? ok(caller) : fail({ code: 'unauthenticated' })
  }

  return (header = '') => {
    const token = readToken(header)
    if (token !== undefined) {
      const verified = tokenVerifier.verify(token)
      return verified instanceof Promise ? verified.then(bind) : bind(verified)
    }
    const snapshot = registry.snapshot()
    if (!snapshot.ok) return snapshot
    const caller = verify(snapshot.value, header) ?? verifyBootstrap(snapshot.value, header)
    return caller === undefined ? fail({ code: 'unauthenticated' }) : ok(caller)
  }
}

/** Whether what this header carries is still accepted: keys are deleted and identities taken away. */
export function isKnown(
  identifyCaller: IdentifyCaller,
  header: string | undefined,
): boolean | Promise<boolean> {
  const identified = identifyCaller(header)
  return identified instanceof Promise ? identified.then(({ ok }) => ok) : identified.ok
}

function readKey(header: string): ApiKey | undefined {
  return parseApiKey(bearer.exec(header)?.[1] ?? '')
}

/** What is sent as bearer and is no API key. */
function readToken(header: string): string | undefined {
  if (header.startsWith('gtb.', credentialStart)) return undefined
  const text = bearer.exec(header)?.[1]
  return text?.startsWith('gtb.') ? undefined : text
}

function bootstrapOperator(now: string): Caller {
  return {
    uid: 'bootstrap',
    id: 'bootstrap',
    role: 'operator',
    enabled: true,
    grants: [],
    keys: [],
    identities: [],
    revision: 0,
    createdAt: now,
    updatedAt: now,
  }
}
