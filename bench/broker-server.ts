import { readFileSync } from 'node:fs'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { ClientSecretCredential } from '@azure/identity'
import { Agent } from 'undici'
import { systemClock, systemRandom, systemWait } from '../src/compose/platform.ts'
import { compose } from '../src/compose.ts'
import { loadConfig } from '../src/config.ts'
import { microsoftClouds } from '../src/domain/cloud.ts'
import { createLogger } from '../src/http/logger.ts'
import { isA, Memory, StartBroker, Usage } from './messages.ts'
import { serveParent } from './serve-parent.ts'

/** The broker as production composes it; only the cloud's addresses, their trust and its identity differ. */
async function start({
  folder,
  auditLog,
  redisUrl,
  certificatePem,
  entraOrigin,
  vaultUrl,
  identity,
}: StartBroker): Promise<number> {
  const config = loadConfig(
    {
      LISTEN: '127.0.0.1:0',
      PUBLIC_URL: 'http://127.0.0.1',
      KEY_VAULT_URL: vaultUrl,
      SQLITE_PATH: join(folder, 'registry.sqlite'),
      AUDIT_FILE: join(folder, auditLog),
      BROKER_SECRET_FILE: join(folder, 'broker-secret'),
      BOOTSTRAP_OPERATOR_KEY_FILE: join(folder, 'bootstrap-operator-key'),
      TOKEN_CACHE_MAX: '200000',
      LOG_LEVEL: 'warn',
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
    (path) => readFileSync(path, 'utf8'),
  )
  if (!config.ok) throw new Error(config.failure.join(' '))
  const lookup: LookupFunction = (_hostname, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)
  const { app } = await compose(config.value, {
    clock: systemClock,
    random: systemRandom,
    wait: systemWait,
    clouds: { ...microsoftClouds, global: { ...microsoftClouds.global, authority: entraOrigin } },
    vaultCredential: new ClientSecretCredential(identity.directoryId, identity.clientId, identity.secret, {
      authorityHost: entraOrigin,
      disableInstanceDiscovery: true,
      additionallyAllowedTenants: ['*'],
      ...{ tlsOptions: { ca: certificatePem } },
    }),
    vaultTls: { ca: certificatePem, lookup },
    entraDispatcher: new Agent({ connect: { ca: certificatePem, timeout: 2_000 } }),
    logger: createLogger(config.value.logLevel),
    version: 'bench',
  })
  return Number(new URL(await app.listen(config.value.listen)).port)
}

function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

serveParent(async (message) => {
  if (isA(StartBroker, message)) return { port: await start(message) }
  if (isA(Usage, message)) {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system }
  }
  if (isA(Memory, message)) return { bytes: heldBytes() }
  throw new Error('the broker was asked what it does not know')
})
