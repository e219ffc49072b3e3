/** A GUID as Entra writes it. Matching is case-insensitive; the canonical form is lower case. */
export const guidPattern = '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'

/** Ids that operators choose. They appear in paths, so they need no escaping anywhere. */
export const slugPattern = '^[a-z0-9][a-z0-9-]{0,62}$'

/**
 * A DNS name in ASCII (RFC 1123 §2.1), as directories verify it: at least two labels, the last of which begins with a
 * letter, so that no IP address is one. Matching is case-insensitive.
 */
export const domainPattern =
  '^(?=.{4,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$'

const domain = new RegExp(domainPattern)
const guid = new RegExp(guidPattern)

/**
 * The first segments of the broker's own paths, and the names Entra gives to authorities that are no directory.
 * A tenant called one of these would be shadowed under `/{tenant}/oauth2/v2.0/token`.
 */
const reservedIds: ReadonlySet<string> = new Set([
  'applications',
  'audit',
  'callers',
  'common',
  'consent',
  'consumers',
  'credentials',
  'docs',
  'export',
  'healthz',
  'key-vault',
  'livez',
  'metrics',
  'msi',
  'openapi',
  'organizations',
  'readyz',
  'scopes',
  'tenants',
  'tokens',
])

export function isGuid(text: string): boolean {
  return guid.test(text)
}

export function isDomain(text: string): boolean {
  return domain.test(text)
}

/** Whether a path's first segment can be no tenant, whatever the registry holds. */
export function isReserved(segment: string): boolean {
  return reservedIds.has(segment.toLowerCase())
}

/** Why this slug cannot be an id although its characters are legal; undefined where it can. */
export function slugFault(slug: string): string | undefined {
  if (reservedIds.has(slug))
    return `"${slug}" is reserved: it is a path of the broker or a name of Entra's own.`
  if (isGuid(slug))
    return 'An id must not look like a GUID: where a tenant is named, a GUID is a directory id.'
  return undefined
}
