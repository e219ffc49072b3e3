import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { type Config, loadConfig } from '../src/config.ts'

const secret = 'correct-horse-battery-staple-correct-horse'
const key = `gtb.${'a'.repeat(16)}.${'B'.repeat(43)}`
const pem = '-----BEGIN CERTIFICATE-----\nsecret inside\n-----END CERTIFICATE-----\n'

const files: Record<string, string> = {
  secret,
  'two-secrets': `${secret}\n\n  previous-${secret}\r\n`,
  'three-secrets': `${secret}\n${secret}\n${secret}`,
  'short-secret': 'too short a secret',
  empty: '',
  key: `${key}\n`,
  'no-key': `${key}x`,
  pem,
  'no-pem': secret,
}
const readFile = (path: string) => {
  const text = files[path]
  if (text === undefined) throw new Error(`ENOENT ${path}`)
  return text
}

const least = {
  PUBLIC_URL: 'https://broker.example.com',
  KEY_VAULT_URL: 'https://contoso.vault.azure.net',
  SQLITE_PATH: '/var/lib/broker/registry.sqlite',
  BROKER_SECRET_FILE: 'secret',
}

function load(more: Record<string, string | undefined> = {}): Config | readonly string[] {
  const result = loadConfig({ ...least, ...more }, readFile)
  return result.ok ? result.value : result.failure
}

t.test('the least that must be said, and what holds for the rest', async (t) => {
  const config = load()
  t.strictSame(config, {
    listen: { host: '127.0.0.1', port: 8080 },
    plainHttpBehindProxy: false,
    trustedProxies: [],
    publicUrl: 'https://broker.example.com',
    issuerUrl: 'https://broker.example.com',
    keyVaultUrl: 'https://contoso.vault.azure.net',
    database: { kind: 'sqlite', path: '/var/lib/broker/registry.sqlite' },
    brokerSecret: { current: Buffer.from(secret) },
    jwtIssuers: [],
    tokenCacheMax: 50_000,
    entraMaxRequests: 512,
    registryMaxStaleness: 60_000,
    msi: false,
    docs: true,
    logLevel: 'info',
  })
  t.ok(Object.isFrozen(config))
})

const valid: readonly (readonly [
  name: string,
  text: string,
  expected: Partial<Record<keyof Config, unknown>>,
])[] = [
  ['LISTEN', '127.0.0.1:0', { listen: { host: '127.0.0.1', port: 0 } }],
  ['LISTEN', 'localhost:65535', { listen: { host: 'localhost', port: 65_535 } }],
  ['LISTEN', '[::1]:8080', { listen: { host: '::1', port: 8080 } }],
  ['PUBLIC_URL', 'https://broker.example.com:8443/', { publicUrl: 'https://broker.example.com:8443' }],
  ['PUBLIC_URL', 'http://localhost:8080', { publicUrl: 'http://localhost:8080' }],
  ['PUBLIC_URL', 'http://[::1]:8080', { publicUrl: 'http://[::1]:8080' }],
  [
    'ISSUER_URL',
    'https://broker.internal/',
    { issuerUrl: 'https://broker.internal', publicUrl: 'https://broker.example.com' },
  ],
  ['MSI', 'on', { msi: true }],
  [
    'KEY_VAULT_URL',
    'https://a.vault.usgovcloudapi.net/',
    { keyVaultUrl: 'https://a.vault.usgovcloudapi.net' },
  ],
  ['KEY_VAULT_URL', 'https://a.vault.azure.cn', { keyVaultUrl: 'https://a.vault.azure.cn' }],
  ['SQLITE_PATH', 'registry.sqlite', { database: { kind: 'sqlite', path: 'registry.sqlite' } }],
  ['BOOTSTRAP_OPERATOR_KEY_FILE', 'key', { bootstrapKey: { id: 'a'.repeat(16), text: key } }],
  ['BOOTSTRAP_OPERATOR_KEY_FILE', '', {}],
  ['AUDIT_FILE', '/var/log/audit.log', { auditFile: '/var/log/audit.log' }],
  ['TOKEN_CACHE_MAX', '1', { tokenCacheMax: 1 }],
  ['ENTRA_MAX_REQUESTS', '64', { entraMaxRequests: 64 }],
  ['REGISTRY_MAX_STALENESS', '3600', { registryMaxStaleness: 3_600_000 }],
  ['TRUST_PROXY_CIDRS', '10.0.0.0/8', { trustedProxies: ['10.0.0.0/8'] }],
  ['TRUST_PROXY_CIDRS', '10.1.2.3/32, fd00::/8', { trustedProxies: ['10.1.2.3/32', 'fd00::/8'] }],
  ['DOCS', 'off', { docs: false }],
  ['LOG_LEVEL', 'trace', { logLevel: 'trace' }],
]

for (const [name, text, expected] of valid) {
  t.test(`${name}=${text} is understood`, async (t) => t.match(load({ [name]: text }), expected))
}

t.test('a secret that replaces another one', async (t) => {
  const { current, previous } = { current: Buffer.from(secret), previous: Buffer.from(`previous-${secret}`) }
  t.match(load({ BROKER_SECRET_FILE: 'two-secrets' }), { brokerSecret: { current, previous } })
})

const trusted = {
  issuer: 'https://kubernetes.default.svc.cluster.local',
  audience: 'https://broker.example.com',
  jwks_uri: 'https://kubernetes.default.svc/openid/v1/jwks',
  algorithms: ['RS256'],
}
const loadIssuers = (...entries: readonly unknown[]) => load({ JWT_ISSUERS: JSON.stringify(entries) })

t.test('issuers of JWTs', async (t) => {
  const { jwks_uri: jwksUri, ...same } = trusted
  const entra = { ...trusted, issuer: 'https://sts.windows.net/6ba7b810-9dad-41d1-80b4-00c04fd430c8/' }
  t.match(
    loadIssuers({ ...trusted, ca_file: 'pem' }, { ...entra, algorithms: ['ES256', 'EdDSA', 'ES256'] }),
    {
      jwtIssuers: [
        { ...same, jwksUri, ca: pem },
        { ...same, jwksUri, issuer: entra.issuer, algorithms: ['ES256', 'EdDSA'] },
      ],
    },
  )
})

t.test('everything that is wrong with an issuer of JWTs is said at once, and where', async (t) => {
  const { audience: _, ...incomplete } = trusted
  const faults = loadIssuers({ ...incomplete, algorithms: [] }, trusted, { ...trusted, jku: 'x' }, 'issuer')
  t.match(faults, [
    /^JWT_ISSUERS\[0\]\.audience must be /,
    /^JWT_ISSUERS\[0\]\.algorithms must be a list of some of RS256, .*EdDSA\.$/,
    /^JWT_ISSUERS\[2\] has an unknown member; known: issuer, audience, jwks_uri, algorithms, ca_file\.$/,
    /^JWT_ISSUERS\[3\] must be an object\.$/,
    /^JWT_ISSUERS has the issuer https:\/\/kubernetes.* twice/,
  ])
  t.equal(Array.isArray(faults) && faults.length, 5)
})

const wrongIssuers: Readonly<Record<string, readonly unknown[]>> = {
  issuer: [
    undefined,
    null,
    '',
    1,
    'kubernetes/serviceaccount',
    'http://issuer.example',
    'https://',
    'https://a b',
  ],
  audience: [undefined, null, '', [], ['a'], 'a b', 'x'.repeat(513)],
  jwks_uri: [
    undefined,
    null,
    '',
    'issuer.example/keys',
    'http://issuer.example/keys',
    'http://127.0.0.1/keys',
    'http://localhost/keys',
    'file:///etc/passwd',
    'https://user:sesame@issuer.example/keys',
    'https://issuer.example/keys#1',
  ],
  algorithms: [
    undefined,
    null,
    'RS256',
    [],
    [null],
    ['none'],
    ['HS256'],
    ['HS512'],
    ['RS256', 'HS256'],
    ['rs256'],
    ['RSA-OAEP'],
    ['RS1'],
  ],
  ca_file: [null, '', 1, 'missing', 'no-pem', ['pem']],
}

for (const [member, values] of Object.entries(wrongIssuers)) {
  t.test(`${member} of an issuer of JWTs is refused where it makes no sense`, async (t) => {
    for (const value of values) {
      const faults = loadIssuers({ ...trusted, [member]: value })
      if (!Array.isArray(faults)) return t.fail(`${JSON.stringify(value)} passed`)
      t.equal(faults.length, 1, JSON.stringify(value))
      t.match(faults[0], new RegExp(`JWT_ISSUERS\\[0\\]\\.${member}.*\\.$`), 'a sentence')
      t.notMatch(faults[0], /sesame/)
    }
  })
}

t.test('a registry in PostgreSQL', async (t) => {
  for (const url of ['postgres://broker:sesame@db.example.com:5432/broker', 'postgresql://db/broker']) {
    const config = load({ SQLITE_PATH: undefined, DATABASE_URL: url })
    t.match(config, { database: { kind: 'postgres', url } })
  }
  for (const url of ['broker', 'mysql://broker:sesame@host/db', 'file:registry.sqlite', 'https://host/db']) {
    const faults = load({ SQLITE_PATH: undefined, DATABASE_URL: url })
    t.match(faults, [/^DATABASE_URL must be like .*\.$/], url)
    t.equal(Array.isArray(faults) && faults.length, 1, url)
    t.notMatch(String(faults), /sesame|mysql/, 'and it is not repeated')
  }
})

t.test('the registry is in one place', async (t) => {
  const both = load({ DATABASE_URL: 'postgres://user:sesame@host/db' })
  t.match(both, [/SQLITE_PATH and DATABASE_URL exclude each other/])
  t.notMatch(String(both), 'sesame')
  const none = load({ SQLITE_PATH: '' })
  t.match(none, [/^SQLITE_PATH is missing: .*DATABASE_URL/])
  for (const faults of [both, none]) t.equal(Array.isArray(faults) && faults.length, 1)
})

t.test('a variable that is set to nothing counts as not set', async (t) => {
  const optional = [
    'LISTEN',
    'JWT_ISSUERS',
    'AUDIT_FILE',
    'TOKEN_CACHE_MAX',
    'ENTRA_MAX_REQUESTS',
    'REGISTRY_MAX_STALENESS',
    'DOCS',
    'LOG_LEVEL',
  ]
  const more = [
    ...optional,
    'DATABASE_URL',
    'TLS_CERT_FILE',
    'TLS_KEY_FILE',
    'UNSAFE_PLAIN_HTTP_BEHIND_PROXY',
    'TRUST_PROXY_CIDRS',
  ]
  const nothing = Object.fromEntries(more.map((name) => [name, '']))
  t.strictSame(load(nothing), load())
})

const invalid: readonly (readonly [name: string, ...texts: string[]])[] = [
  ['LISTEN', '8080', 'localhost', ':8080', '127.0.0.1:99999', '127.0.0.1:http', '::1:8080', 'a b:1:2'],
  [
    'PUBLIC_URL',
    'broker',
    'http://broker.example.com',
    'https://a.example/path',
    'https://a.example?x',
    'ftp://a',
  ],
  [
    'KEY_VAULT_URL',
    'contoso',
    'http://a.vault.azure.net',
    'https://a.vault.azure.net.example.com',
    'https://vault.azure.net',
    'https://u:p@a.vault.azure.net',
    'https://127.0.0.1',
  ],
  ['BROKER_SECRET_FILE', 'missing', 'empty', 'short-secret', 'three-secrets'],
  ['BOOTSTRAP_OPERATOR_KEY_FILE', 'missing', 'no-key', 'empty', 'secret'],
  ['TLS_CERT_FILE', 'missing', 'no-pem', 'pem'],
  ['TLS_KEY_FILE', 'missing', 'no-pem', 'pem'],
  ['UNSAFE_PLAIN_HTTP_BEHIND_PROXY', 'yes', '1', 'TRUE'],
  ['TOKEN_CACHE_MAX', '0', '-1', '1.5', 'many', '10000001', '1e3', ' 1'],
  ['ENTRA_MAX_REQUESTS', '0', '10001', 'many'],
  ['REGISTRY_MAX_STALENESS', '0', '3601', '60s'],
  [
    'TRUST_PROXY_CIDRS',
    'true',
    '1',
    '*',
    'loopback',
    '10.0.0.1',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8,',
  ],
  ['DOCS', 'true', 'no'],
  ['LOG_LEVEL', 'verbose', 'INFO'],
  ['DATABASE_URL', 'broker', 'mysql://user:password@host/db', 'postgres://user:password@host/db'],
  ['JWT_ISSUERS', 'https://issuer.example', '{}', '[]', 'null', '[{', JSON.stringify(trusted)],
  ['REDIS_URL', 'localhost', 'http://host:6379', 'redis://user:password@'],
  ['REDIS_CA_FILE', 'missing', 'no-pem', 'pem'],
  ['AZURE_LOG_LEVEL', 'info'],
  ['MSAL_FORCE_REGION', 'westeurope'],
]

for (const [name, ...texts] of invalid) {
  t.test(`${name} is refused where it makes no sense`, async (t) => {
    for (const text of texts) {
      const faults = load({ [name]: text })
      if (!Array.isArray(faults)) return t.fail(`${JSON.stringify(text)} passed`)
      t.equal(faults.length, 1, text)
      t.match(faults[0], name)
      t.match(faults[0], /\.$/, 'a sentence')
    }
  })
}

t.test('an address that others can reach wants TLS, or a word that something else does it', async (t) => {
  for (const LISTEN of ['0.0.0.0:8080', '[::]:8080', '10.0.0.1:443', 'broker.internal:8080']) {
    t.match(load({ LISTEN }), [/not loopback.*TLS_CERT_FILE.*UNSAFE_PLAIN_HTTP_BEHIND_PROXY=true/])
    const tls = { cert: pem, key: pem }
    t.match(load({ LISTEN, TLS_CERT_FILE: 'pem', TLS_KEY_FILE: 'pem' }), { tls })
    t.match(load({ LISTEN, UNSAFE_PLAIN_HTTP_BEHIND_PROXY: 'true' }), { plainHttpBehindProxy: true })
  }
})

t.test('everything that is wrong is said at once, and no value is repeated', async (t) => {
  const wrong = Object.fromEntries(invalid.map(([name]) => [name, 'sesame-open']))
  const faults = load(wrong)
  if (!Array.isArray(faults)) return t.fail('passed')
  for (const [name] of invalid)
    t.ok(
      faults.some((fault) => fault.includes(name)),
      name,
    )
  t.notMatch(faults.join(), 'sesame')
  const unreadable = load({
    BROKER_SECRET_FILE: 'short-secret',
    BOOTSTRAP_OPERATOR_KEY_FILE: 'no-key',
    TLS_KEY_FILE: 'no-pem',
  })
  t.notMatch(JSON.stringify(unreadable), /too short a secret|gtb\.a|correct-horse/, 'and nothing of a file')
})

const root = join(import.meta.dirname, '..')
const [, ...start] = packageJson.scripts.start.split(' ')

t.test('npm start without configuration refuses, and names all that is missing', async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, start, {
    cwd: root,
    env: {},
    encoding: 'utf8',
  })
  t.equal(status, 78)
  t.equal(stdout, '')
  for (const name of Object.keys(least)) t.match(stderr, `${name} is missing`)
  t.notMatch(stderr, /\s+at |Error/)
})

t.test('npm start with the least runs, serves, and ends when it is told to', async (t) => {
  const folder = t.testdir({ secret })
  writeFileSync(join(folder, 'key'), key)
  const env = {
    ...least,
    LISTEN: '127.0.0.1:0',
    SQLITE_PATH: join(folder, 'data', 'registry.sqlite'),
    BROKER_SECRET_FILE: join(folder, 'secret'),
    BOOTSTRAP_OPERATOR_KEY_FILE: join(folder, 'key'),
  }
  const child = spawn(process.execPath, start, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line)
    if (line.includes('ready')) break
  }
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join())?.[0]
  t.equal((await fetch(`${origin}/readyz`)).status, 200)
  const bootstrapped = await fetch(`${origin}/tenants`, { headers: { authorization: `Bearer ${key}` } })
  t.equal(bootstrapped.status, 200)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
})
