import type { TokenRequest } from './api-types.ts'
import { clientError } from './broker-error.ts'
import { nodePlatform, type Platform } from './platform.ts'

interface CommonOptions {
  /** Where the broker is: `https://broker.example`, or below a path. */
  readonly url: string
  /** The tenant's id at the broker, or the GUID of its directory. */
  readonly tenant: string
  /** What the broker is asked for, in the words of the dialect: `['Mail.Read']`. */
  readonly scopes: readonly string[]
  /** The vocabulary of the scopes; the caller's own where not given. */
  readonly dialect?: NonNullable<TokenRequest['dialect']>
  /** How long a caller without a valid token waits, retries included; 30 where not given. */
  readonly deadlineSeconds?: number
  /** Sends the key over plain http to other machines: only where something else encrypts, like a service mesh. */
  readonly unsafePlainHttp?: boolean
  readonly platform?: Partial<Platform>
}

/** Who calls: an API key, or a file with one line that is read for each request to the broker, so that it can rotate. */
export type BrokerCredentialOptions = CommonOptions &
  (
    | { readonly key: string; readonly tokenFile?: never }
    | { readonly tokenFile: string; readonly key?: never }
  )

export interface Settings {
  /** Of `POST /tokens`. */
  readonly endpoint: string
  readonly request: TokenRequest
  readonly deadline: number
  readonly platform: Platform
  /** What goes behind `Bearer`. */
  readonly bearer: () => Promise<string>
}

/** Throws what is wrong; never what was given, since that may be a secret in the wrong place. */
export function readOptions(options: BrokerCredentialOptions): Settings {
  const platform = { ...nodePlatform, ...options.platform }
  const { tenant, scopes, dialect, deadlineSeconds = 30 } = options
  if (typeof tenant !== 'string' || tenant === '') throw invalid('`tenant` is missing.')
  if (!Array.isArray(scopes) || scopes.length === 0) throw invalid('`scopes` are missing.')
  if (!(deadlineSeconds > 0)) throw invalid('`deadlineSeconds` is to be above 0.')
  return {
    endpoint: endpointOf(options.url, options.unsafePlainHttp === true),
    request: { tenant, scopes: [...scopes], ...(dialect !== undefined && { dialect }) },
    deadline: deadlineSeconds * 1000,
    platform,
    bearer: bearerOf(options, platform),
  }
}

function endpointOf(address: string, plainHttp: boolean): string {
  if (!URL.canParse(address)) throw invalid('`url` is no URL.')
  const url = new URL(address)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw invalid('`url` is to be an address and nothing more.')
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (loopback || plainHttp)))
    throw invalid('`url` is to be https, or the key would go over the wire in clear.')
  return new URL('tokens', url.href.endsWith('/') ? url : `${url.href}/`).href
}

function bearerOf({ key, tokenFile }: BrokerCredentialOptions, platform: Platform): () => Promise<string> {
  if ((key === undefined) === (tokenFile === undefined))
    throw invalid('Exactly one of `key` and `tokenFile` is to be given.')
  if (tokenFile !== undefined) return () => readToken(tokenFile, platform)
  if (!isBearer(key)) throw invalid('`key` is no API key.')
  return async () => key
}

/** RFC 6750 §2.1. Anything else would be quoted in the message with which `fetch` refuses it. */
function isBearer(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z0-9._~+/-]+=*$/.test(text)
}

/** Kubernetes replaces a projected service-account token long before it expires, under the same path. */
async function readToken(path: string, { readFile }: Platform): Promise<string> {
  const text = await readFile(path).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw clientError('token_file_unreadable', `${path} cannot be read${why}.`)
  })
  const token = text.trim()
  if (isBearer(token)) return token
  throw clientError('token_file_unreadable', `${path} does not hold a token.`)
}

const invalid = (detail: string) => clientError('invalid_options', detail)
