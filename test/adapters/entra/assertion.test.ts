import { X509Certificate } from 'node:crypto'
import { compactVerify, jwtVerify } from 'jose'
import t from 'tap'
import { createAssertions } from '../../../src/adapters/entra/assertions.ts'
import type { Acquisition } from '../../../src/broker/ports.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import { acquisitionWith, clientId, clock, createRandom } from './acquisition.ts'

const audience = 'https://login.microsoftonline.com/22222222-aaaa-4bbb-8ccc-000000000001/oauth2/v2.0/token'
const made = await makeCertificate()
const certificate = new X509Certificate(made.pem)

function createSign() {
  const assertions = createAssertions(clock, createRandom())
  return async (acquisition: Acquisition) => {
    const assertion = await assertions.get(acquisition, audience)
    if (!assertion.ok) throw new Error(assertion.failure.code)
    return assertion.value.jwt
  }
}

for (const alg of ['PS256', 'RS256'] as const) {
  t.test(`an assertion signed with ${alg} holds what Entra looks at`, async (t) => {
    const sign = createSign()
    const acquisition = acquisitionWith(made, alg)
    const { payload, protectedHeader } = await jwtVerify(await sign(acquisition), certificate.publicKey, {
      algorithms: [alg],
      audience,
      issuer: clientId,
      subject: clientId,
      currentDate: new Date(clock.now()),
    })
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString(
      'base64url',
    )
    t.strictSame(protectedHeader, { alg, typ: 'JWT', 'x5t#S256': thumbprint })
    t.equal(payload.exp, 1_795_000_600, 'ten minutes at most')
    t.equal(payload.nbf, 1_794_999_995, 'and valid already where clocks are behind')
    t.equal(payload.iat, 1_795_000_000)
    const currentDate = new Date(clock.now())
    const second = await jwtVerify(await sign(acquisition), certificate.publicKey, { currentDate })
    t.not(second.payload.jti, payload.jti)
  })
}

t.test('another key does not verify it', async (t) => {
  const other = await makeCertificate()
  const assertion = await createSign()(acquisitionWith(made))
  await t.rejects(compactVerify(assertion, new X509Certificate(other.pem).publicKey))
})
