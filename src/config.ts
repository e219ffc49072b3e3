import { type ApiKey, parseApiKey } from './broker/api-key.ts'
import { type BrokerSecret, parseBrokerSecret } from './broker/broker-secret.ts'
import { fail, ok, type Result } from './domain/result.ts'

/** What an operator configures. Frozen: nothing changes while the process runs. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number }
  /** Where clients and administrators reach the broker; never taken from a Host header. */
  readonly publicUrl: string
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly plainHttpBehindProxy: boolean
  readonly keyVaultUrl: string
  readonly sqlitePath: string
  readonly brokerSecret: BrokerSecret
  readonly bootstrapKey?: ApiKey
  /** Undefined: standard output. */
  readonly auditFile?: string
  readonly tokenCacheMax: number
  /** Milliseconds. */
  readonly registryMaxStaleness: number
  readonly docs: boolean
  readonly logLevel: string
}

export type Environment = Readonly<Record<string, string | undefined>>
/** Reads a file as text; throws if it cannot. */
export type ReadFile = (path: string) => string

const vaultHosts = ['.vault.azure.net', '.vault.usgovcloudapi.net', '.vault.azure.cn']

/** What must not pass silently: each would undo a protection of the broker, or be ignored. */
const refused = {
  DATABASE_URL: 'this release keeps its registry in SQLite, at SQLITE_PATH',
  AZURE_LOG_LEVEL: 'it makes the Azure SDK log bearer tokens and secrets',
  MSAL_FORCE_REGION: 'regional authorities are internal to Microsoft',
}

/** Reads the whole configuration, or says everything that is wrong with it at once, one sentence a fault. */
export function loadConfig(env: Environment, readFile: ReadFile): Result<Config, readonly string[]> {
  const variables = new Variables(env, readFile)
  for (const [name, why] of Object.entries(refused)) {
    if (variables.has(name)) variables.fault(`${name} must not be set: ${why}.`)
  }
  const listen =
    variables.read('LISTEN', readListen, 'an address and port, like 127.0.0.1:8080') ?? defaultListen
  const tls = readTls(variables)
  const plainHttpBehindProxy = variables.word('UNSAFE_PLAIN_HTTP_BEHIND_PROXY', ['false', 'true']) === 'true'
  if (!isLoopback(listen.host) && tls === undefined && !plainHttpBehindProxy) {
    variables.fault(
      `LISTEN is ${listen.host}, which is not loopback: set TLS_CERT_FILE and TLS_KEY_FILE, or say ` +
        'UNSAFE_PLAIN_HTTP_BEHIND_PROXY=true if something in front of the broker does TLS.',
    )
  }
  const publicUrl = variables.required(
    'PUBLIC_URL',
    readPublicUrl,
    'an origin, like https://broker.example.com',
  )
  const keyVaultUrl = variables.required(
    'KEY_VAULT_URL',
    readVaultUrl,
    'a vault, like https://name.vault.azure.net',
  )
  const sqlitePath = variables.required('SQLITE_PATH', (path) => path, 'a path')
  const brokerSecret = variables.requiredFile(
    'BROKER_SECRET_FILE',
    parseBrokerSecret,
    'one or two lines of 32 bytes or more',
  )
  const bootstrapKey = variables.file(
    'BOOTSTRAP_OPERATOR_KEY_FILE',
    (text) => parseApiKey(text.trim()),
    apiKeyForm,
  )
  const auditFile = variables.read('AUDIT_FILE', (path) => path, 'a path')
  const optional = {
    ...(tls !== undefined && { tls }),
    ...(bootstrapKey !== undefined && { bootstrapKey }),
    ...(auditFile !== undefined && { auditFile }),
  }
  const limits = {
    tokenCacheMax: variables.integer('TOKEN_CACHE_MAX', 50_000, 1, 10_000_000),
    registryMaxStaleness: variables.integer('REGISTRY_MAX_STALENESS', 60, 1, 3600) * 1000,
  }
  const docs = variables.word('DOCS', ['on', 'off']) === 'on'
  const logLevel = variables.word('LOG_LEVEL', ['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'])

  const { faults } = variables
  const missing = publicUrl === undefined || keyVaultUrl === undefined || sqlitePath === undefined
  if (faults.length > 0 || missing || brokerSecret === undefined) return fail(faults)
  const addresses = { listen, plainHttpBehindProxy, publicUrl, keyVaultUrl, sqlitePath, brokerSecret }
  return ok(Object.freeze({ ...addresses, ...optional, ...limits, docs, logLevel }))
}

const defaultListen = { host: '127.0.0.1', port: 8080 }
const apiKeyForm = 'an API key: gtb.<16 of a-z and 0-9>.<43 of base64url>'

/** Environment variables, and what is wrong with them. Values are never repeated: some are secrets. */
class Variables {
  readonly faults: string[] = []
  readonly #env: Environment
  readonly #readFile: ReadFile

  constructor(env: Environment, readFile: ReadFile) {
    this.#env = env
    this.#readFile = readFile
  }

  fault(text: string): void {
    this.faults.push(text)
  }

  read<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const text = this.#env[name]
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (value === undefined) this.fault(`${name} must be ${expected}.`)
    return value
  }

  has(name: string): boolean {
    return Boolean(this.#env[name])
  }

  required<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    if (!this.#env[name]) this.fault(`${name} is missing: set it to ${expected}.`)
    return this.read(name, parse, expected)
  }

  file<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const path = this.#env[name]
    if (!path) return undefined
    const text = this.#read(name, path)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) this.fault(`The file that ${name} names must hold ${expected}.`)
    return value
  }

  requiredFile<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    if (!this.#env[name]) this.fault(`${name} is missing: set it to a file that holds ${expected}.`)
    return this.file(name, parse, expected)
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const parse = (text: string) => {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
      return number >= least && number <= most ? number : undefined
    }
    return this.read(name, parse, `a whole number from ${least} to ${most}`) ?? fallback
  }

  /** The first word is the default. */
  word<const Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const parse = (text: string) => words.find((word) => word === text)
    return this.read(name, parse, `one of ${words.join(', ')}`) ?? words[0]
  }

  #read(name: string, path: string): string | undefined {
    try {
      return this.#readFile(path)
    } catch {
      this.fault(`The file that ${name} names cannot be read.`)
      return undefined
    }
  }
}

function readTls(variables: Variables): Config['tls'] {
  const pem = (text: string) => (text.includes('-----BEGIN ') ? text : undefined)
  const cert = variables.file('TLS_CERT_FILE', pem, 'PEM')
  const key = variables.file('TLS_KEY_FILE', pem, 'PEM')
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined || key !== undefined) variables.fault('TLS_CERT_FILE and TLS_KEY_FILE go together.')
  return undefined
}

function readListen(text: string): Config['listen'] | undefined {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function readPublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, hostname, pathname, search } = new URL(text)
  const isWeb =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')))
  return isWeb && pathname === '/' && search === '' ? origin : undefined
}

/** Private keys go there, so only Microsoft's own vaults will do. */
function readVaultUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, hostname, username } = new URL(text)
  const isVault = vaultHosts.some((suffix) => hostname.endsWith(suffix))
  return protocol === 'https:' && username === '' && isVault ? origin : undefined
}
