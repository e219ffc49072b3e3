import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { DefaultAzureCredential } from '@azure/identity'
import closeWithGrace from 'close-with-grace'
import { Agent } from 'undici'
import packageJson from '../package.json' with { type: 'json' }
import { systemClock, systemRandom, systemWait } from './compose/platform.ts'
import { compose } from './compose.ts'
import { loadConfig } from './config.ts'
import { microsoftClouds } from './domain/cloud.ts'
import { createLogger } from './http/logger.ts'

/** Milliseconds. */
const connectTimeout = 2_000
const closeDeadline = 25_000
/** For those who send requests here to see at `/readyz` that they should not; probes come every few seconds. */
const drain = 5_000

const loaded = loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
if (loaded.ok) {
  const config = loaded.value
  const logger = createLogger(config.logLevel)
  if (config.plainHttpBehindProxy)
    logger.warn('UNSAFE_PLAIN_HTTP_BEHIND_PROXY is on: keys and tokens travel in clear')
  const { app, publicApp, leave, close } = await compose(config, {
    clock: systemClock,
    random: systemRandom,
    wait: systemWait,
    clouds: microsoftClouds,
    vaultCredential: new DefaultAzureCredential(),
    entraDispatcher: new Agent({ connect: { timeout: connectTimeout } }),
    logger,
    version: packageJson.version,
  }).catch((err) => {
    logger.fatal({ err }, 'the broker cannot start')
    process.exit(1)
  })
  closeWithGrace({ delay: closeDeadline }, async ({ err, signal }) => {
    if (err !== undefined) logger.fatal({ err }, 'closing because of an unexpected error')
    else logger.info({ signal }, 'closing')
    leave()
    // A person at a terminal, who sends SIGINT, does not wait.
    if (signal === 'SIGTERM') await delay(drain)
    await Promise.all([app.close(), publicApp?.close()])
    await close()
  })
  const listen = await app.listen(config.listen)
  const publicListen = config.publicListen && (await publicApp?.listen(config.publicListen))
  logger.info({ listen, public_listen: publicListen }, 'ready')
} else {
  process.stderr.write(
    `The broker cannot start:\n${loaded.failure.map((fault) => `  - ${fault}\n`).join('')}`,
  )
  process.exitCode = 78
}
