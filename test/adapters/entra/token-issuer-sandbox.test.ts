import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { startLocalCloud } from '../../../sandbox/clouds.ts'
import { createEntraTokenIssuer } from '../../../src/adapters/entra/token-issuer.ts'
import { systemClock, systemRandom } from '../../../src/compose/platform.ts'
import { microsoftClouds } from '../../../src/domain/cloud.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import {
  acquisitionWith,
  clientId,
  directoryId,
  remoteAcquisitionWith,
  secretAcquisition,
} from './acquisition.ts'

const made = await makeCertificate()
const secret = 'correct horse battery staple~'

/** The sandbox's Entra, which verifies what the real one does and takes each assertion once. */
async function stage(t: Test) {
  const cloud = await startLocalCloud(Date.now)
  const dispatcher = new Agent({ connect: { ca: cloud.certificatePem } })
  t.teardown(async () => {
    await dispatcher.close()
    await cloud.close()
  })
  const { state, origin } = cloud.entra
  state.directories.put(directoryId, { displayName: 'Contoso' })
  const application = { displayName: 'Daemon', certificates: [made.pem], secrets: [{ value: secret }] }
  state.putApplication(clientId, application)
  state.directories.consent(directoryId, clientId, [{ resource: 'graph', value: 'Mail.Read' }])
  const faults: object[] = []
  const issuer = createEntraTokenIssuer({
    clouds: { ...microsoftClouds, global: { ...microsoftClouds.global, authority: origin } },
    dispatcher,
    clock: systemClock,
    random: systemRandom,
    onFault: (fault) => faults.push(fault),
  })
  return { issuer, faults }
}

t.test('every kind of proof is taken', async (t) => {
  const { issuer, faults } = await stage(t)
  const acquisitions = [
    acquisitionWith(made),
    acquisitionWith(made, 'RS256'),
    remoteAcquisitionWith(made).acquisition,
    secretAcquisition(secret),
  ]
  for (const acquisition of acquisitions)
    t.match(await issuer.acquire(acquisition), { ok: true, value: { roles: ['Mail.Read'] } })
  t.strictSame(faults, [])
})

t.test('a key in the vault is asked again where Entra takes each assertion once', async (t) => {
  const { issuer, faults } = await stage(t)
  const { acquisition, signed } = remoteAcquisitionWith(made)
  for (let count = 0; count < 4; count += 1) t.ok((await issuer.acquire(acquisition)).ok)
  t.equal(signed.count, 4)
  t.match(faults, [{ kind: 'refused', status: 400, codes: [50027] }])
  t.equal(faults.length, 1, 'and from then on at once')
})

t.test('a client secret that Entra does not know is refused without a thumbprint', async (t) => {
  const { issuer, faults } = await stage(t)
  const result = await issuer.acquire(secretAcquisition('wrong horse'))
  t.match(result, { failure: { code: 'credential_rejected', traceId: /./ } })
  t.notOk(!result.ok && 'expectedThumbprint' in result.failure)
  t.notMatch(JSON.stringify([result, faults]), 'wrong horse')
})
