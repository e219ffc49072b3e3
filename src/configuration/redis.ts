import type { Config } from '../config.ts'
import type { RedisAccount, RedisNode, RedisServers } from '../domain/redis-servers.ts'
import type { Variables } from './variables.ts'

const form =
  'like rediss://user:password@host:6379/0, rediss+cluster://user:password@host:6379,host:6379 or ' +
  'rediss+sentinel://user:password@host:26379,host:26379/service'

export function readRedis(variables: Variables): Pick<Config, 'redis'> {
  const servers = variables.read('REDIS_URL', readRedisUrl, form)
  const pem = (text: string) => (text.includes('-----BEGIN CERTIFICATE-----') ? text : undefined)
  const ca = variables.file('REDIS_CA_FILE', pem, 'certificates as PEM')
  if (ca !== undefined && servers?.tls === false)
    variables.fault('REDIS_CA_FILE is set, but REDIS_URL is without TLS: let it begin with rediss.')
  if (ca !== undefined && !variables.has('REDIS_URL'))
    variables.fault('REDIS_CA_FILE is set, but REDIS_URL is not.')
  return servers === undefined ? {} : { redis: { ...servers, ...(ca !== undefined && { ca }) } }
}

const parts =
  /^redis(?<tls>s?)(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<account>[^@/?#]*)@)?(?<nodes>[^@/?#]+)(?:\/(?<path>[^/?#]*))?(?:\?(?<query>[^?#]*))?$/

/** A URL of the WHATWG's kind has one host, so that of several nodes would not be one. */
function readRedisUrl(text: string): RedisServers | undefined {
  const { tls, kind, account, nodes, path = '', query = '' } = parts.exec(text)?.groups ?? {}
  const found = readNodes(nodes ?? '', kind === 'sentinel' ? 26_379 : 6379)
  const signIn = readAccount(account ?? '')
  const options = readOptions(query, kind === 'sentinel' ? sentinelOptions : [])
  if (found === undefined || signIn === undefined || options === undefined) return undefined
  const common = { ...signIn, nodes: found, tls: tls === 's' }
  if (kind === 'cluster') return path === '' ? { ...common, kind } : undefined
  const database = readDatabaseNumber(kind === 'sentinel' ? (options.get('db') ?? '') : path)
  if (database === undefined) return undefined
  if (kind !== 'sentinel') return found.length === 1 ? { ...common, kind: 'standalone', database } : undefined
  const service = decode(path)
  if (!service) return undefined
  const [username, password] = [options.get('sentinel_username'), options.get('sentinel_password')]
  const sentinelAccount = { ...(username && { username }), ...(password && { password }) }
  return { ...common, kind: 'sentinel', database, service, sentinelAccount }
}

const sentinelOptions = ['db', 'sentinel_username', 'sentinel_password']

function readNodes(text: string, defaultPort: number): readonly RedisNode[] | undefined {
  const nodes: RedisNode[] = []
  for (const node of text.split(',')) {
    const [, host, port = `${defaultPort}`] =
      /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(node) ?? []
    if (host === undefined || Number(port) > 65_535) return undefined
    nodes.push({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
  }
  return nodes
}

function readAccount(text: string): RedisAccount | undefined {
  if (text === '') return {}
  const [name, secret, ...rest] = text.split(':').map(decode)
  if (name === undefined || secret === undefined || secret === '' || rest.length > 0) return undefined
  return { ...(name !== '' && { username: name }), password: secret }
}

function readOptions(query: string, known: readonly string[]): URLSearchParams | undefined {
  const options = new URLSearchParams(query)
  return [...options.keys()].every((name) => known.includes(name)) ? options : undefined
}

function readDatabaseNumber(text: string): number | undefined {
  if (text === '') return 0
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined
}

/** Undefined where it is not percent-encoded as it should be. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
