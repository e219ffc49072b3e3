import type { LookupFunction } from 'node:net'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { createApiClient } from '../../../sandbox/api-client.ts'
import { createCertificateAuthority } from '../../../sandbox/certificate-authority.ts'
import { sandboxControl } from '../../../sandbox/control.ts'
import { keyVault } from '../../../sandbox/key-vault/key-vault.ts'
import { createVault } from '../../../sandbox/key-vault/vault.ts'
import { listen } from '../../../sandbox/listen.ts'
import { createKeyVaultCustody } from '../../../src/adapters/key-vault/key-custody.ts'
import { items, type Members, members } from '../../http/json-value.ts'

const host = 'sandbox.vault.azure.net'

/** The name is production's, so that the client's check of the challenge stays on; the address is loopback. */
const lookup: LookupFunction = (_name, options, done) => {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

/** The custody over the wire, before a vault whose bearer tokens the test can have expire. */
export async function connectCustody(t: Test) {
  const authority = await createCertificateAuthority(new Date())
  const ca = authority.certificatePem
  const vault = createVault({ now: Date.now })
  const bearer = { accepted: 'first', granted: 'first', asked: 0, fault: undefined as Error | undefined }
  const plugin = keyVault({
    vault,
    authority: () => 'https://login.microsoftonline.com/5f0c1c9e-2b1f-4d7c-9d7e-0b8f6a3a1c11',
    resource: 'https://vault.azure.net',
    authenticate: (token) => token === bearer.accepted,
  })
  const listener = await listen(
    async (app) => {
      await app.register(sandboxControl, { now: Date.now })
      await app.register(plugin)
    },
    await authority.issue(['localhost', host]),
  )
  t.teardown(() => listener.close())
  const dispatcher = new Agent({ connect: { ca } })
  t.teardown(() => dispatcher.close())
  const control = createApiClient({ origin: listener.origin, dispatcher })

  const credential = {
    async getToken() {
      bearer.asked += 1
      if (bearer.fault !== undefined) throw bearer.fault
      return { token: bearer.granted, expiresOnTimestamp: Date.now() + 3_600_000 }
    },
  }
  const described: object[] = []
  const custody = createKeyVaultCustody({
    url: `https://${host}:${listener.port}`,
    credential,
    tls: { ca, lookup },
    onError: (description) => described.push(description),
  })
  return {
    custody,
    vault,
    bearer,
    described,
    /** How often each route was asked since the start. */
    async counts(): Promise<Members> {
      const { body } = await control('GET', '/_sandbox/requests')
      return members(body['by_route'])
    },
    async requests(): Promise<readonly Members[]> {
      return items((await control('GET', '/_sandbox/requests')).body['requests'])
    },
    fault: (fault: object) => control('POST', '/_sandbox/faults', fault),
    mend: () => control('DELETE', '/_sandbox/faults'),
  }
}
