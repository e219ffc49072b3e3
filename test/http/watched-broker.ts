import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientSecretCredential } from '@azure/identity'
import type { Test } from 'tap'
import { Agent, type Dispatcher } from 'undici'
import { createApiClient } from '../../sandbox/api-client.ts'
import { startLocalBroker } from '../../sandbox/broker.ts'
import { type LocalCloud, startLocalCloud } from '../../sandbox/clouds.ts'
import { registerDemo } from '../../sandbox/demo.ts'
import { freePort } from '../../sandbox/loopback.ts'
import { createLogger } from '../../src/http/logger.ts'
import { vaultBearer } from '../routes/vault-bearer.ts'

export interface Watch {
  /** Everything secret that passes between the broker and Microsoft's part, by the name of what it is. */
  readonly secrets: Map<string, string>
  /** The log, at its most talkative. */
  readonly lines: string[]
  /** What else is on the way to Entra. */
  readonly intercept?: Dispatcher.DispatcherComposeInterceptor
}

/** The sandbox, its wires tapped where secrets travel that no reply ever shows. */
export async function startWatchedBroker(
  t: Test,
  { secrets, lines, intercept = (dispatch) => dispatch }: Watch,
) {
  const folder = mkdtempSync(join(tmpdir(), 'leaks-'))
  const cloud = await startLocalCloud(Date.now)
  const agent = new Agent({ connect: { ca: cloud.certificatePem } })
  const broker = await startLocalBroker(cloud, {
    folder,
    port: await freePort(),
    logLevel: 'trace',
    platform: {
      logger: createLogger('trace', { write: (line) => lines.push(line) }),
      vaultCredential: watchCredential(cloud, secrets),
      entraDispatcher: agent.compose(intercept, (dispatch) => watchAssertions(dispatch, secrets)),
    },
  })
  t.teardown(async () => {
    await broker.close()
    await agent.close()
    await cloud.close()
    rmSync(folder, { recursive: true })
  })
  secrets.set('identity of the broker', cloud.identity.secret)
  return {
    folder,
    broker,
    demo: await registerDemo(cloud, broker),
    entra: createApiClient({ origin: cloud.entra.origin, dispatcher: agent }),
    vault: createApiClient({
      origin: cloud.keyVault.origin,
      key: await vaultBearer(cloud, agent),
      dispatcher: agent,
    }),
  }
}

function watchCredential({ identity, entra, certificatePem }: LocalCloud, secrets: Map<string, string>) {
  const inner = new ClientSecretCredential(identity.directoryId, identity.clientId, identity.secret, {
    authorityHost: entra.origin,
    disableInstanceDiscovery: true,
    additionallyAllowedTenants: ['*'],
    ...{ tlsOptions: { ca: certificatePem } },
  })
  return {
    async getToken(...asked: Parameters<ClientSecretCredential['getToken']>) {
      const granted = await inner.getToken(...asked)
      secrets.set(`vault bearer ${secrets.size}`, granted.token)
      return granted
    },
  }
}

function watchAssertions(
  dispatch: Dispatcher['dispatch'],
  secrets: Map<string, string>,
): Dispatcher['dispatch'] {
  return (options, handler) => {
    const assertion = new URLSearchParams(String(options.body)).get('client_assertion')
    if (assertion !== null) secrets.set(`client assertion ${secrets.size}`, assertion)
    return dispatch(options, handler)
  }
}
