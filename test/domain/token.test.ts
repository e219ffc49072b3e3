import fc from 'fast-check'
import t from 'tap'
import { cloudNames } from '../../src/domain/cloud.ts'
import { resources } from '../../src/domain/permission.ts'
import { type AccessToken, type TokenTarget, targetKey, usable } from '../../src/domain/token.ts'

function living(lifetime: number): AccessToken {
  return {
    value: 'token',
    expiresAtUnix: 0,
    issuedAt: 1_000,
    expiresAt: 1_000 + lifetime,
    refreshAt: 1_000,
    roles: [],
  }
}

t.test('Two targets have the same key only if they are the same in every part', async (t) => {
  const target: fc.Arbitrary<TokenTarget> = fc.record({
    cloud: fc.constantFrom(...cloudNames),
    directoryId: fc.constantFrom('d1', 'd2'),
    clientId: fc.constantFrom('c1', 'c2'),
    resource: fc.constantFrom(...resources),
    applicationEpoch: fc.constantFrom(1, 11),
    tenantEpoch: fc.constantFrom(1, 11),
  })
  let alike = 0
  fc.assert(
    fc.property(target, target, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b)
      if (same) alike += 1
      return (targetKey(a) === targetKey(b)) === same
    }),
    { numRuns: 5_000 },
  )
  t.ok(alike > 0)
})

t.test('A token may be handed out while a minute of it remains', async (t) => {
  const token = living(3_600_000)
  t.ok(usable(token, 1_000))
  t.ok(usable(token, token.expiresAt - 60_000))
  t.notOk(usable(token, token.expiresAt - 59_999))
  t.notOk(usable(token, token.expiresAt + 1))
})

t.test('Of a token that lives less than ten minutes a tenth must remain', async (t) => {
  const token = living(20_000)
  t.ok(usable(token, token.expiresAt - 2_000))
  t.notOk(usable(token, token.expiresAt - 1_999))
  t.ok(usable(living(600_000), 1_000 + 540_000))
  t.notOk(usable(living(600_000), 1_000 + 540_001))
})
