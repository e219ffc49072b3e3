import t from 'tap'
import { readRedis } from '../../src/configuration/redis.ts'
import { Variables } from '../../src/configuration/variables.ts'

const pem = '-----BEGIN CERTIFICATE-----\n'

function read(url: string, ca?: string) {
  const environment = { REDIS_URL: url, ...(ca === undefined ? {} : { REDIS_CA_FILE: 'ca' }) }
  const variables = new Variables(environment, () => ca ?? '')
  const { redis } = readRedis(variables)
  return { redis, faults: variables.faults }
}

const server = { kind: 'standalone', tls: false, nodes: [{ host: 'host', port: 6379 }], database: 0 }
const two = [
  { host: 'one', port: 1 },
  { host: '::1', port: 2 },
]

const valid: readonly (readonly [url: string, expected: object])[] = [
  ['redis://host', server],
  ['redis://host/', server],
  ['rediss://host:1/15', { ...server, tls: true, nodes: [{ host: 'host', port: 1 }], database: 15 }],
  ['redis://[::1]:7', { ...server, nodes: [{ host: '::1', port: 7 }] }],
  ['redis://user:pass@host', { ...server, username: 'user', password: 'pass' }],
  ['redis://:p%40%3A%2F%25@host', { ...server, password: 'p@:/%' }],
  ['redis+cluster://one:1,[::1]:2', { kind: 'cluster', tls: false, nodes: two }],
  [
    'rediss+cluster://u:p@one:1,[::1]:2/',
    { kind: 'cluster', tls: true, nodes: two, username: 'u', password: 'p' },
  ],
  [
    'redis+sentinel://:p@one:1,[::1]:2/tokens?db=3&sentinel_username=g&sentinel_password=s%20',
    {
      ...{ kind: 'sentinel', tls: false, nodes: two, password: 'p', database: 3, service: 'tokens' },
      sentinelAccount: { username: 'g', password: 's ' },
    },
  ],
  [
    'rediss+sentinel://host/tokens',
    {
      ...{ kind: 'sentinel', tls: true, nodes: [{ host: 'host', port: 26_379 }] },
      ...{ database: 0, service: 'tokens', sentinelAccount: {} },
    },
  ],
]

for (const [url, expected] of valid) {
  t.test(`${url} is understood`, async (t) => t.strictSame(read(url), { redis: expected, faults: [] }))
}

const invalid = [
  ...['host', 'http://host', 'redis:host', 'redis://', 'redis:///0', 'rediss://host:99999', 'redis://a b'],
  ...['redis://host/name', 'redis://host/0/1', 'redis://host?db=1', 'redis://one,two', 'redis://host#1'],
  ...['redis://sesame@host', 'redis://user:@host', 'redis://a:b:sesame@host', 'redis://:%zz@host'],
  ...[
    'redis+cluster://host/1',
    'redis+cluster://one,,two',
    'redis+cluster://host?db=1',
    'redis+proxy://host',
  ],
  ...['redis+sentinel://host', 'redis+sentinel://host/', 'redis+sentinel://host/name?db=x'],
  ...['redis+sentinel://host/name?password=sesame', 'redis+sentinel://host/%zz'],
]

t.test('what makes no sense is refused, and not repeated', async (t) => {
  for (const url of invalid) {
    const { redis, faults } = read(url)
    t.equal(redis, undefined, url)
    t.match(faults, [/^REDIS_URL must be like rediss:\/\/.*\.$/], url)
    t.notMatch(faults.join(), 'sesame')
  }
})

t.test('an authority goes with TLS', async (t) => {
  t.match(read('rediss://host', pem), { redis: { ca: pem }, faults: [] })
  t.match(read('redis://host', pem).faults, [/^REDIS_CA_FILE is set, but REDIS_URL is without TLS/])
  t.match(read('', pem).faults, [/^REDIS_CA_FILE is set, but REDIS_URL is not\.$/])
  t.match(read('rediss://host', 'sesame').faults, [/must hold certificates as PEM/])
})
