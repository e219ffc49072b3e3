import t from 'tap'
import { createAssertions } from '../../../src/adapters/entra/assertions.ts'
import type { Acquisition } from '../../../src/broker/ports.ts'
import { fail } from '../../../src/domain/result.ts'
import { manualClock, minute } from '../../broker/fixture.ts'
import { makeCertificate } from '../x509/make-certificate.ts'
import { acquisitionWith, createRandom, remoteAcquisitionWith, secretAcquisition } from './acquisition.ts'

const made = await makeCertificate()
const endpoint = 'https://login.microsoftonline.com/a/oauth2/v2.0/token'

function stage() {
  const clock = manualClock()
  const assertions = createAssertions(clock, createRandom())
  const get = async (acquisition: Acquisition, at = endpoint) => {
    const assertion = await assertions.get(acquisition, at)
    if (!assertion.ok) throw new Error(assertion.failure.code)
    return assertion.value
  }
  /** Gets one, and says that Entra took it. */
  const use = async (acquisition: Acquisition, at = endpoint) => {
    const assertion = await get(acquisition, at)
    assertions.keep(acquisition, at, assertion)
    return assertion
  }
  return { clock, assertions, get, use }
}

t.test('a key that the broker has signs every assertion anew', async (t) => {
  const { use } = stage()
  const acquisition = acquisitionWith(made)
  const jwts = new Set<string>()
  for (let count = 0; count < 3; count += 1) {
    const { jwt, reused } = await use(acquisition)
    t.notOk(reused)
    jwts.add(jwt)
  }
  t.equal(jwts.size, 3)
})

t.test(
  'one signature of the vault serves for five minutes, on the clock that is never stepped',
  async (t) => {
    const { clock, use } = stage()
    const { acquisition, signed } = remoteAcquisitionWith(made)
    const first = await use(acquisition)
    t.notOk(first.reused)
    clock.step(60 * minute)
    clock.advance(5 * minute - 1)
    t.strictSame(await use(acquisition), { jwt: first.jwt, reused: true })
    clock.advance(1)
    const second = await use(acquisition)
    t.notOk(second.reused, 'being used again has not made it last longer')
    t.not(second.jwt, first.jwt)
    t.equal(signed.count, 2)
  },
)

t.test('an assertion is for one client, credential, algorithm and directory alone', async (t) => {
  const { use } = stage()
  const { acquisition, signed } = remoteAcquisitionWith(made)
  const { target, credential } = acquisition
  const others: readonly (readonly [Acquisition, string?])[] = [
    [{ ...acquisition, target: { ...target, clientId: '44444444-aaaa-4bbb-8ccc-000000000001' } }],
    [{ ...acquisition, credential: { ...credential, uid: 'other' } }],
    [{ ...acquisition, signingAlg: 'RS256' }],
    [acquisition, 'https://login.microsoftonline.com/b/oauth2/v2.0/token'],
    [acquisition, 'https://login.microsoftonline.us/a/oauth2/v2.0/token'],
  ]
  await use(acquisition)
  for (const [other, at] of others) t.notOk((await use(other, at)).reused)
  t.equal(signed.count, 1 + others.length)
  for (const [other, at] of [[acquisition] as const, ...others]) t.ok((await use(other, at)).reused)
})

t.test('what nobody has taken yet is given to nobody else', async (t) => {
  const { get } = stage()
  const { acquisition } = remoteAcquisitionWith(made)
  const [one, other] = await Promise.all([get(acquisition), get(acquisition)])
  t.not(one.jwt, other.jwt, 'they would race where each is good once')
  t.notOk((await get(acquisition)).reused)
})

t.test('one that was refused is not given again', async (t) => {
  const { assertions, use } = stage()
  const { acquisition, signed } = remoteAcquisitionWith(made)
  await use(acquisition)
  assertions.drop(acquisition, endpoint)
  t.notOk((await use(acquisition)).reused)
  t.equal(signed.count, 2)
})

t.test('where each is good once, the whole host is signed for each time, and no other', async (t) => {
  const { assertions, use } = stage()
  const { acquisition } = remoteAcquisitionWith(made)
  const other = 'https://login.microsoftonline.us/a/oauth2/v2.0/token'
  assertions.signEachTime(endpoint)
  for (const at of [endpoint, endpoint.replace('/a/', '/b/')]) {
    await use(acquisition, at)
    t.notOk((await use(acquisition, at)).reused, at)
  }
  await use(acquisition, other)
  t.ok((await use(acquisition, other)).reused)
})

t.test('no more than a thousand are kept, and the oldest goes first', async (t) => {
  const { assertions, get } = stage()
  const { acquisition } = remoteAcquisitionWith(made)
  const at = (index: number) => endpoint.replace('/a/', `/${index}/`)
  for (let index = 0; index <= 1000; index += 1)
    assertions.keep(acquisition, at(index), { jwt: `jwt ${index}`, reused: false })
  t.notOk((await get(acquisition, at(0))).reused)
  for (const index of [1, 500, 1000])
    t.strictSame(await get(acquisition, at(index)), { jwt: `jwt ${index}`, reused: true })
})

t.test('a signature that fails is the failure, and nothing is kept', async (t) => {
  const { assertions, get } = stage()
  const { acquisition } = remoteAcquisitionWith(made)
  const away = fail({ code: 'key_vault_unavailable', retryAfterSeconds: 5 } as const)
  const broken = {
    ...acquisition,
    proof: { kind: 'signature', remote: true, sign: async () => away },
  } as const
  t.strictSame(await assertions.get(broken, endpoint), away)
  t.notOk((await get(acquisition)).reused)
})

t.test('a client secret signs nothing', async (t) => {
  const { assertions } = stage()
  await t.rejects(assertions.get(secretAcquisition('x'), endpoint), /signs nothing/)
})
