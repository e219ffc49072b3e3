import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { openAuditFile } from './adapters/audit/file-sink.ts'
import { openPostgres } from './adapters/registry/postgres.ts'
import { openSqlite } from './adapters/registry/sqlite.ts'
import { type OpenDatabase, openRegistryStore } from './adapters/registry/store.ts'
import { buildApp } from './app.ts'
import { createRegistry } from './broker/registry.ts'
import type { Platform } from './compose/platform.ts'
import { openConfiguredTracing, tracedBy } from './compose/tracing.ts'
import { wire } from './compose/use-cases.ts'
import type { Config } from './config.ts'

export interface Broker {
  readonly app: FastifyInstance
  /** Ends what runs behind the application; call it after the application is closed. */
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
  const audit = openAuditFile(config.auditFile, (err) =>
    logger.error({ err }, 'the audit log takes no lines'),
  )
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()

  const loopDelay = () => readDelay(loop)
  const { services, watch } = wire(config, platform, { registry, audit, loopDelay, traced, tracing })
  const app = await buildApp(services, {
    version: platform.version,
    docs: config.docs,
    requestId: platform.random.uuid,
    logger,
    ...(config.tls === undefined ? {} : { https: config.tls }),
    ...(tracing === undefined ? {} : { trace: tracing.trace }),
  })
  watch.start()
  return {
    app,
    async close() {
      watch.stop()
      loop.disable()
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
