import type { Directory } from './directory.ts'
import { derivedGuid, type RandomBytes } from './identifiers.ts'
import type { ResourceName } from './resources.ts'

/** The claims of an app-only v1 token that its readers look at; there are more. Times in Unix seconds. */
export interface TokenClaims {
  readonly aud: string
  readonly iss: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly appid: string
  readonly oid: string
  readonly tid: string
  readonly uti: string
  /** Absent where nothing is granted. */
  readonly roles?: readonly string[]
}

export interface TokenSubject {
  readonly audience: string
  readonly resource: ResourceName
  readonly directory: Directory
  readonly clientId: string
  readonly displayName: string
  /** 1 by secret, 2 by assertion. */
  readonly appidacr: '1' | '2'
  readonly roles: readonly string[]
}

/** Entra dates a token back by five minutes, for clients whose clocks are behind. */
const backdatedSeconds = 300
/** On every app-only token for Graph; it is not a directory role. */
const appOnlyTemplate = '0997a1d0-0d1d-4acb-b408-d5ca73121e90'

/** `now` in milliseconds. The claims stand in Entra's order: times first, then by name. */
export function createClaims(
  subject: TokenSubject,
  now: number,
  lifetimeSeconds: number,
  randomBytes: RandomBytes,
): TokenClaims {
  const { directory, clientId } = subject
  const issuer = `https://sts.windows.net/${directory.id}/`
  const issuedAt = Math.floor(now / 1000)
  const oid = derivedGuid('service principal', directory.id, clientId)
  const forVault = subject.resource === 'key_vault'
  const claims = {
    aud: subject.audience,
    iss: issuer,
    iat: issuedAt - backdatedSeconds,
    nbf: issuedAt - backdatedSeconds,
    exp: issuedAt + lifetimeSeconds,
    aio: randomBytes(24).toString('base64'),
    ...(forVault ? undefined : { app_displayname: subject.displayName }),
    appid: clientId,
    appidacr: subject.appidacr,
    idp: issuer,
    idtyp: 'app',
    oid,
    rh: `1.${randomBytes(36).toString('base64url')}.`,
    ...(subject.roles.length === 0 ? undefined : { roles: subject.roles }),
    sub: oid,
    tenant_region_scope: 'EU',
    tid: directory.id,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
    ...(forVault ? undefined : { wids: [appOnlyTemplate] }),
    xms_tcdt: Math.floor(directory.createdAt / 1000),
    xms_tdbr: 'EU',
  }
  return claims
}

/** Undefined where a claim that every token has is missing. */
export function readClaims(claims: Readonly<Record<string, unknown>>): TokenClaims | undefined {
  const { aud, iss, iat, nbf, exp, appid, oid, tid, uti, roles } = claims
  if (typeof aud !== 'string' || typeof iss !== 'string' || typeof appid !== 'string') return undefined
  if (typeof oid !== 'string' || typeof tid !== 'string' || typeof uti !== 'string') return undefined
  if (typeof iat !== 'number' || typeof nbf !== 'number' || typeof exp !== 'number') return undefined
  const known = { aud, iss, iat, nbf, exp, appid, oid, tid, uti }
  return Array.isArray(roles) ? { ...known, roles: roles.filter((role) => typeof role === 'string') } : known
}
