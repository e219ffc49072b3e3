import { type TokenAlgorithm, type TrustedIssuer, tokenAlgorithms } from '../domain/trusted-issuer.ts'
import { readPem } from './listeners.ts'
import type { Variables } from './variables.ts'

const name = 'JWT_ISSUERS'
const required = ['issuer', 'audience', 'jwks_uri', 'algorithms']
const members = [...required, 'ca_file']

/** Whose JWTs say who calls: nobody's where the variable is not set. Each fault is named by its place in the list. */
export function readJwtIssuers(variables: Variables): readonly TrustedIssuer[] {
  const entries = variables.read(name, readList, 'a JSON list of issuers, with one at least') ?? []
  const issuers = entries
    .map((entry, index) => readIssuer(variables, entry, `${name}[${index}]`))
    .filter((issuer) => issuer !== undefined)
  const names = issuers.map(({ issuer }) => issuer)
  for (const twice of new Set(names.filter((issuer, index) => names.indexOf(issuer) !== index))) {
    variables.fault(`${name} has the issuer ${twice} twice; one entry says everything of an issuer.`)
  }
  return issuers
}

function readIssuer(variables: Variables, entry: unknown, place: string): TrustedIssuer | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    variables.fault(`${place} must be an object.`)
    return undefined
  }
  const given: Readonly<Record<string, unknown>> = { ...entry }
  for (const member of Object.keys(given)) {
    // Names may be anything that somebody pasted, so they are not repeated.
    if (!members.includes(member))
      variables.fault(`${place} has an unknown member; known: ${members.join(', ')}.`)
  }
  const read = <T>(member: string, parse: (value: unknown) => T | undefined, expected: string) => {
    const value = parse(given[member])
    if (value === undefined) variables.fault(`${place}.${member} must be ${expected}.`)
    return value
  }
  const issuer = read('issuer', readIssuerName, 'the `iss` of its tokens, which begins with https://')
  const audience = read('audience', readText, 'what the issuer calls this broker in `aud`')
  const jwksUri = read('jwks_uri', readHttpsUrl, 'an https URL without user and fragment')
  const algorithms = read('algorithms', readAlgorithms, `a list of some of ${tokenAlgorithms.join(', ')}`)
  const ca = given['ca_file'] === undefined ? undefined : readAuthorities(variables, given['ca_file'], place)
  if (issuer === undefined || audience === undefined || jwksUri === undefined || algorithms === undefined) {
    return undefined
  }
  return { issuer, audience, jwksUri, algorithms, ...(ca !== undefined && { ca }) }
}

function readList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.length > 0 ? value : undefined
  } catch {
    return undefined
  }
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[!-~]{1,512}$/.test(value) ? value : undefined
}

/** Compared as text with `iss`, so nothing of it is normalised. */
function readIssuerName(value: unknown): string | undefined {
  const text = readText(value)
  return text?.startsWith('https://') && URL.canParse(text) ? text : undefined
}

function readHttpsUrl(value: unknown): string | undefined {
  const url = URL.parse(readText(value) ?? '')
  if (url === null || url.protocol !== 'https:') return undefined
  return url.username === '' && url.password === '' && url.hash === '' ? url.href : undefined
}

function readAlgorithms(value: unknown): readonly TokenAlgorithm[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const known = value.map((given) => tokenAlgorithms.find((algorithm) => algorithm === given))
  const algorithms = known.filter((algorithm) => algorithm !== undefined)
  return algorithms.length === value.length ? [...new Set(algorithms)] : undefined
}

function readAuthorities(variables: Variables, path: unknown, place: string): string | undefined {
  if (typeof path !== 'string' || path === '') {
    variables.fault(`${place}.ca_file must be a path.`)
    return undefined
  }
  return variables.contents(`${place}.ca_file`, path, readPem, 'PEM')
}
