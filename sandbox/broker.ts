import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, LookupFunction } from 'node:net'
import { join } from 'node:path'
import { ClientSecretCredential } from '@azure/identity'
import { Agent } from 'undici'
import packageJson from '../package.json' with { type: 'json' }
import { generateApiKey } from '../src/broker/api-key.ts'
import { type Platform, systemClock, systemRandom, systemWait } from '../src/compose/platform.ts'
import { type Broker, compose } from '../src/compose.ts'
import { loadConfig } from '../src/config.ts'
import { microsoftClouds } from '../src/domain/cloud.ts'
import { createLogger } from '../src/http/logger.ts'
import { type LocalCloud, vaultHost } from './clouds.ts'

/** Another Key Vault-compatible server, in the place of the sandbox's own. */
export interface ForeignVault {
  readonly url: string
  readonly caPem?: string
}

export interface LocalBrokerOptions {
  /** Where registry, audit log and secrets are put; what an earlier run left there is removed. */
  readonly folder: string
  readonly port: number
  readonly foreignVault?: ForeignVault
  readonly logLevel?: string
  /** More of the broker's own variables. */
  readonly environment?: Readonly<Record<string, string>>
  readonly platform?: Partial<Platform>
}

export interface LocalBroker {
  readonly origin: string
  readonly tlsOrigin: string
  readonly bootstrapKey: string
  readonly app: Broker['app']
  close(): Promise<void>
}

/** The real broker in front of the local cloud: only addresses, trust and its identity differ from production. */
export async function startLocalBroker(cloud: LocalCloud, options: LocalBrokerOptions): Promise<LocalBroker> {
  const vault = vaultAddress(cloud, options.foreignVault)
  const files = prepareFolder(options.folder)
  const origin = `http://127.0.0.1:${options.port}`
  const tls = await listenTls(await cloud.issue(['localhost', '127.0.0.1']))
  const tlsOrigin = `https://localhost:${portOf(tls)}`
  const config = loadConfig(
    {
      LISTEN: `127.0.0.1:${options.port}`,
      PUBLIC_URL: origin,
      ISSUER_URL: tlsOrigin,
      MSI: 'on',
      KEY_VAULT_URL: vault.url,
      SQLITE_PATH: join(options.folder, 'registry.sqlite'),
      AUDIT_FILE: join(options.folder, 'audit.log'),
      BROKER_SECRET_FILE: files.secret,
      BOOTSTRAP_OPERATOR_KEY_FILE: files.bootstrapKey,
      LOG_LEVEL: options.logLevel ?? 'warn',
      ...options.environment,
    },
    (path) => readFileSync(path, 'utf8'),
  )
  if (!config.ok) throw new Error(`The sandbox configures the broker wrongly: ${config.failure.join(' ')}`)

  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem, timeout: 2_000 } })
  const { app, publicApp, close } = await compose(config.value, {
    clock: systemClock,
    random: systemRandom,
    wait: systemWait,
    clouds: { ...microsoftClouds, global: { ...microsoftClouds.global, authority: cloud.entra.origin } },
    vaultCredential: vaultCredential(cloud),
    vaultTls: vault.tls,
    entraDispatcher: dispatcher,
    jwksDispatcher: dispatcher,
    logger: createLogger(config.value.logLevel),
    version: packageJson.version,
    ...options.platform,
  })
  await app.listen(config.value.listen)
  if (config.value.publicListen !== undefined) await publicApp?.listen(config.value.publicListen)
  tls.on('request', app.routing)
  return {
    origin,
    tlsOrigin,
    bootstrapKey: readFileSync(files.bootstrapKey, 'utf8'),
    app,
    async close() {
      tls.close()
      tls.closeAllConnections()
      await Promise.all([app.close(), publicApp?.close()])
      await close()
      await dispatcher.close()
    },
  }
}

function prepareFolder(folder: string): { readonly secret: string; readonly bootstrapKey: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of ['registry.sqlite', 'registry.sqlite-wal', 'registry.sqlite-shm', 'audit.log']) {
    rmSync(join(folder, name), { force: true })
  }
  const secret = join(folder, 'broker-secret')
  const bootstrapKey = join(folder, 'bootstrap-operator-key')
  writeFileSync(secret, randomBytes(48).toString('base64'), { mode: 0o600 })
  writeFileSync(bootstrapKey, generateApiKey(systemRandom).text, { mode: 0o600 })
  return { secret, bootstrapKey }
}

function vaultCredential({ identity, entra, certificatePem }: LocalCloud): ClientSecretCredential {
  return new ClientSecretCredential(identity.directoryId, identity.clientId, identity.secret, {
    authorityHost: entra.origin,
    disableInstanceDiscovery: true,
    additionallyAllowedTenants: ['*'],
    ...{ tlsOptions: { ca: certificatePem } },
  })
}

/**
 * How the vault is reached. A name under Microsoft's own domain resolves to loopback, so that the SDK's check of
 * the challenge stays on; a server at a bare address is given such a name, and its certificate is checked by the
 * name it really has.
 */
function vaultAddress({ keyVault, certificatePem }: LocalCloud, foreign: ForeignVault | undefined) {
  const lookup: LookupFunction = (_hostname, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)
  if (foreign === undefined) {
    return { url: `https://${vaultHost}:${keyVault.port}`, tls: { ca: certificatePem, lookup } }
  }
  const { hostname, port, origin } = new URL(foreign.url)
  const trust = foreign.caPem === undefined ? {} : { ca: foreign.caPem }
  if (hostname.endsWith('.vault.azure.net')) return { url: origin, tls: { ...trust, lookup } }
  return { url: `https://${vaultHost}:${port || '443'}`, tls: { ...trust, lookup, servername: hostname } }
}

/**
 * Azure's own clients insist on TLS, so the same application listens a second time. Its port is known before the
 * application is made, which names it in OAuth discovery.
 */
async function listenTls(tls: { key: string; cert: string }): Promise<Server> {
  const server = createServer(tls)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the TLS listener has no port')
  return address.port
}
