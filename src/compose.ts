import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { openAuditFile } from './adapters/audit/file-sink.ts'
import { openPostgres } from './adapters/registry/postgres.ts'
import { openSqlite } from './adapters/registry/sqlite.ts'
import { type OpenDatabase, openRegistryStore } from './adapters/registry/store.ts'
import { buildApp, buildPublicApp } from './app.ts'
import { createRegistry } from './broker/registry.ts'
import type { Platform } from './compose/platform.ts'
import { openConfiguredTracing, tracedBy } from './compose/tracing.ts'
import { wire } from './compose/use-cases.ts'
import type { Config } from './config.ts'
import { createLifecycle } from './http/lifecycle.ts'
import { watchLoad } from './http/overload.ts'
import { createRequestIds } from './http/request-ids.ts'

export interface Broker {
  readonly app: FastifyInstance
  /** The consent pages alone, where a second listener is configured. */
  readonly publicApp?: FastifyInstance
  /** `/readyz` says from now on that it closes, so that nobody new is sent here; everything is still served. */
  leave(): void
  /** Ends what runs behind the applications; call it after they are closed. */
  close(): Promise<void>
}

/** Builds adapters and use cases and wires them to the routes. Rejects if the registry cannot be opened. */
export async function compose(config: Config, platform: Platform): Promise<Broker> {
  const { clock, logger } = platform
  const onRegistryError = (err: unknown) => logger.error({ err }, 'the registry cannot be read')
  const tracing = await openConfiguredTracing(config, platform)
  const traced = tracedBy(tracing?.trace)
  const opened = await openRegistryStore(openDatabase(config.database, onRegistryError), clock)
  const registry = createRegistry({
    store: traced.store(opened),
    clock,
    maximumStaleness: config.registryMaxStaleness,
    pollInterval: 1_000,
    onError: onRegistryError,
  })
  await registry.open()
  const audit = openAuditFile(config.auditFile, {
    onError: (err) => logger.error({ err }, 'the audit log takes no lines: no token is handed out'),
    onRecovery: () => logger.warn('the audit log takes lines again'),
  })
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()

  const load = watchLoad(() => performance.now())

  const running = { registry, audit, load, loopDelay: () => readDelay(loop), traced, tracing }
  const wired = await wire(config, platform, running)
  const { services, watch, verification } = wired
  const lifecycle = createLifecycle()
  const options = {
    version: platform.version,
    docs: config.docs,
    requestId: createRequestIds(platform.random.uuid),
    logger,
    lifecycle,
    trustedProxies: config.trustedProxies,
    ...(config.tls === undefined ? {} : { https: config.tls }),
    ...(tracing === undefined ? {} : { trace: tracing.trace }),
  }
  const app = await buildApp(services, options)
  const isPublic = config.publicListen !== undefined
  const publicApp = isPublic ? await buildPublicApp(services.consent, options) : undefined
  watch.start()
  return {
    app,
    ...(publicApp !== undefined && { publicApp }),
    leave: lifecycle.leave,
    async close() {
      watch.stop()
      verification.stop()
      loop.disable()
      load.stop()
      await wired.close()
      await registry.close()
      audit.close()
      await tracing?.close()
    },
  }
}

function openDatabase(database: Config['database'], onError: (error: unknown) => void): OpenDatabase {
  return database.kind === 'sqlite' ? openSqlite(database.path) : openPostgres(database.url, onError)
}

/** Milliseconds, on average since it was asked last; 0 where nothing was measured since. */
function readDelay(loop: ReturnType<typeof monitorEventLoopDelay>): number {
  const { mean } = loop
  loop.reset()
  return Number.isNaN(mean) ? 0 : mean / 1e6
}
