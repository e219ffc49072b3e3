import { randomBytes, randomUUID } from 'node:crypto'
import { createCertificateAuthority } from './certificate-authority.ts'
import { sandboxControl } from './control.ts'
import { createEntra, type Entra } from './entra/entra.ts'
import { audiencesOf } from './entra/resources.ts'
import { createGraph } from './graph/graph.ts'
import { keyVault } from './key-vault/key-vault.ts'
import { createVault } from './key-vault/vault.ts'
import { type Listener, listen } from './listen.ts'

/** The name under which the SDK finds the local vault: one that passes its check of the challenge. */
export const vaultHost = 'sandbox.vault.azure.net'

/** The broker's own registration in the local Entra, with which it gets at its vault. */
export interface BrokerIdentity {
  readonly directoryId: string
  readonly clientId: string
  readonly secret: string
}

/** Microsoft's part of the sandbox: what the real broker talks to instead of the real cloud. */
export interface LocalCloud {
  readonly certificatePem: string
  readonly entra: Listener & Pick<Entra, 'state'>
  readonly keyVault: Listener
  readonly graph: Listener
  readonly identity: BrokerIdentity
  /** A certificate of the sandbox's own authority. */
  issue(hosts: readonly string[]): Promise<{ readonly key: string; readonly cert: string }>
  close(): Promise<void>
}

export async function startLocalCloud(now: () => number): Promise<LocalCloud> {
  const authority = await createCertificateAuthority(new Date(now()))
  const tls = await authority.issue(['localhost', '127.0.0.1', vaultHost])

  const address = { entra: '' }
  const entra = await createEntra({ origin: () => address.entra, now })
  const entraListener = await listen(entra.plugin, tls)
  address.entra = entraListener.origin

  const identity = registerBroker(entra)
  const vault = keyVault({
    vault: createVault({ now }),
    authority: () => `${entraListener.origin}/${identity.directoryId}`,
    resource: 'https://vault.azure.net',
    authenticate: (bearer) => entra.verifyToken(bearer, audiencesOf('key_vault')) !== undefined,
  })
  const vaultListener = await listen(async (app) => {
    await app.register(sandboxControl, { now })
    await app.register(vault)
  }, tls)
  const graphListener = await listen(createGraph({ verifyToken: entra.verifyToken, now }).plugin, tls)

  return {
    certificatePem: authority.certificatePem,
    entra: { ...entraListener, state: entra.state },
    keyVault: vaultListener,
    graph: graphListener,
    identity,
    issue: authority.issue,
    async close() {
      await Promise.all([entraListener.close(), vaultListener.close(), graphListener.close()])
    },
  }
}

function registerBroker({ state }: Entra): BrokerIdentity {
  const identity = {
    directoryId: randomUUID(),
    clientId: randomUUID(),
    secret: randomBytes(32).toString('base64url'),
  }
  state.directories.put(identity.directoryId, { displayName: 'The operator of the broker' })
  state.putApplication(identity.clientId, {
    displayName: 'graph-token-broker',
    secrets: [{ value: identity.secret }],
  })
  state.directories.consent(identity.directoryId, identity.clientId, [])
  return identity
}
