import { type ApiKey, parseApiKey } from './broker/api-key.ts'
import { type BrokerSecret, parseBrokerSecret } from './broker/broker-secret.ts'
import { readJwtIssuers } from './configuration/jwt-issuers.ts'
import { type Address, readListeners, readPublicUrl } from './configuration/listeners.ts'
import { readTrustedProxies } from './configuration/proxies.ts'
import { readRedis } from './configuration/redis.ts'
import { readDatabase, readVaultUrl } from './configuration/stores.ts'
import { readTracing } from './configuration/tracing.ts'
import { type Environment, type ReadFile, Variables } from './configuration/variables.ts'
import type { RedisServers } from './domain/redis-servers.ts'
import { fail, ok, type Result } from './domain/result.ts'
import type { TrustedIssuer } from './domain/trusted-issuer.ts'

/** What an operator configures. Frozen: nothing changes while the process runs. */
export interface Config {
  readonly listen: Address
  /** Where the consent pages alone are served, a second time. */
  readonly publicListen?: Address
  /** Where clients and administrators reach the broker; never taken from a Host header. */
  readonly publicUrl: string
  /** Where services reach the broker: what OAuth discovery names. */
  readonly issuerUrl: string
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly plainHttpBehindProxy: boolean
  /** Networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  readonly keyVaultUrl: string
  readonly database:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: string }
  /** Where replicas share tokens; undefined: each has its own. */
  readonly redis?: RedisServers
  readonly brokerSecret: BrokerSecret
  readonly bootstrapKey?: ApiKey
  /** Whose JWTs say who calls. */
  readonly jwtIssuers: readonly TrustedIssuer[]
  /** Undefined: standard output. */
  readonly auditFile?: string
  readonly tokenCacheMax: number
  /** Token requests at Entra at a time, for each cloud. */
  readonly entraMaxRequests: number
  /** Milliseconds. */
  readonly registryMaxStaleness: number
  /** Whether services may take the broker for a managed identity. */
  readonly msi: boolean
  /** Where spans go. Undefined: nothing of tracing is loaded. */
  readonly tracing?: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly ca?: string
    readonly ratio: number
    readonly serviceName: string
  }
  readonly docs: boolean
  readonly logLevel: string
}

/** What must not pass silently: each would undo a protection of the broker, or be ignored. */
const refused = {
  AZURE_LOG_LEVEL: 'it makes the Azure SDK log bearer tokens and secrets',
  MSAL_FORCE_REGION: 'regional authorities are internal to Microsoft',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'the broker goes by OTEL_EXPORTER_OTLP_ENDPOINT',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'the broker goes by OTEL_EXPORTER_OTLP_HEADERS',
}

/** Reads the whole configuration, or says everything that is wrong with it at once, one sentence a fault. */
export function loadConfig(env: Environment, readFile: ReadFile): Result<Config, readonly string[]> {
  const variables = new Variables(env, readFile)
  for (const [name, why] of Object.entries(refused)) {
    if (variables.has(name)) variables.fault(`${name} must not be set: ${why}.`)
  }
  const listeners = readListeners(variables)
  const trustedProxies = readTrustedProxies(variables)
  const publicUrl = variables.required(
    'PUBLIC_URL',
    readPublicUrl,
    'an origin, like https://broker.example.com',
  )
  const issuerUrl = variables.read('ISSUER_URL', readPublicUrl, 'an origin, like https://broker.example.com')
  const keyVaultUrl = variables.required(
    'KEY_VAULT_URL',
    readVaultUrl,
    'a vault, like https://name.vault.azure.net',
  )
  const database = readDatabase(variables)
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
  const jwtIssuers = readJwtIssuers(variables)
  const redis = readRedis(variables)
  const auditFile = variables.read('AUDIT_FILE', (path) => path, 'a path')
  const tracing = readTracing(variables)
  const optional = {
    ...redis,
    ...(bootstrapKey !== undefined && { bootstrapKey }),
    ...(auditFile !== undefined && { auditFile }),
    ...(tracing !== undefined && { tracing }),
  }
  const limits = {
    tokenCacheMax: variables.integer('TOKEN_CACHE_MAX', 50_000, 1, 10_000_000),
    entraMaxRequests: variables.integer('ENTRA_MAX_REQUESTS', 512, 1, 10_000),
    registryMaxStaleness: variables.integer('REGISTRY_MAX_STALENESS', 60, 1, 3600) * 1000,
  }
  const msi = variables.word('MSI', ['off', 'on']) === 'on'
  const docs = variables.word('DOCS', ['on', 'off']) === 'on'
  const logLevel = variables.word('LOG_LEVEL', ['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'])

  const { faults } = variables
  const missing = publicUrl === undefined || keyVaultUrl === undefined || database === undefined
  if (faults.length > 0 || missing || brokerSecret === undefined) return fail(faults)
  const required = { publicUrl, issuerUrl: issuerUrl ?? publicUrl, keyVaultUrl, database, brokerSecret }
  const switches = { msi, docs, logLevel }
  const trust = { trustedProxies, jwtIssuers }
  return ok(Object.freeze({ ...listeners, ...trust, ...required, ...optional, ...limits, ...switches }))
}

const apiKeyForm = 'an API key: gtb.<16 of a-z and 0-9>.<43 of base64url>'
