import t from 'tap'
import { intruder, openTokens, secret } from '../adapters/redis/stage.ts'
import { hour, manualClock, minute, targetNamed, tokenOf } from '../broker/fixture.ts'
import { startRedis, withoutRedis } from '../redis.ts'

const contoso = targetNamed('contoso')
const fabrikam = targetNamed('fabrikam')

t.test('Whoever holds Redis', { skip: withoutRedis }, async (t) => {
  const server = await startRedis(t)
  const redis = await intruder(t, server.url)
  const clock = manualClock(new Date().toISOString())
  const { tokens, told } = await openTokens(t, server.url, { clock })
  t.beforeEach(async () => {
    await redis.flushAll()
    told.length = 0
    clock.advance(2 * minute)
  })

  const store = async (target = contoso, value = 'eyJ-the-token-of-contoso') => {
    const before = new Set(await redis.keys('*'))
    await tokens.store(target, tokenOf(clock, { value, uti: 'uti-of-contoso' }))
    const [name = ''] = (await redis.keys('*')).filter((key) => !before.has(key))
    return { name, sealed: (await redis.get(name)) ?? '' }
  }
  const found = async (target = contoso) => (await tokens.find(target))?.token?.value
  const until = { expiration: { type: 'PX', value: 59 * minute } } as const

  t.test('learns nothing of tokens, tenants and applications', async (t) => {
    const { name, sealed } = await store()
    t.match(name, /^gtb:1:\{[\w-]{43}\}$/)
    const seen = `${name}${Buffer.from(sealed, 'base64').toString('latin1')}${sealed}`
    for (const part of ['eyJ', 'token', 'Mail.Read', 'uti', contoso.directoryId, contoso.clientId, 'global'])
      t.notMatch(seen, part)
    t.equal(await found(), 'eyJ-the-token-of-contoso')
    t.strictSame(told, [])
    const again = await store(contoso)
    t.equal(again.name, '', 'the entry takes the place of the one before')
    t.not(await redis.get(name), sealed, 'and looks different each time')
  })

  t.test('cannot flip a bit of an entry', async (t) => {
    const { name, sealed } = await store()
    const bytes = Buffer.from(sealed, 'base64')
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8((bytes[at] ?? 0) ^ (1 << (at % 8)), at)
      await redis.set(name, flipped.toString('base64'), until)
      if ((await found()) !== undefined) t.fail(`byte ${at} of ${bytes.length} was served`)
    }
    t.equal(tokens.lookups.hit, 1, 'of the test before')
    t.ok(tokens.lookups.refused >= bytes.length)
    t.strictSame(told, ['refused: 1'], 'one alarm, not one for each entry')
  })

  t.test('cannot put a tenant’s token in the place of another one’s', async (t) => {
    const { name } = await store(contoso)
    const { sealed } = await store(fabrikam, 'eyJ-the-token-of-fabrikam')
    await redis.set(name, sealed, until)
    t.equal(await found(contoso), undefined)
    t.equal(await found(fabrikam), 'eyJ-the-token-of-fabrikam')
    t.match(told, [/^refused/])
  })

  t.test('cannot let an entry live longer', async (t) => {
    const { name, sealed } = await store()
    await redis.pExpire(name, 3 * hour)
    t.equal(await found(), undefined, 'by another time to live')
    await redis.persist(name)
    t.equal(await found(), undefined, 'by none')
    const bytes = Buffer.from(sealed, 'base64')
    bytes.writeBigUInt64BE(bytes.readBigUInt64BE(1) + BigInt(hour), 1)
    await redis.set(name, bytes.toString('base64'), { expiration: { type: 'PX', value: 2 * hour } })
    t.equal(await found(), undefined, 'by another expiry')
    t.match(told, [/^refused/])
  })

  t.test('cannot bring back what has expired, or what was revoked', async (t) => {
    const { name, sealed } = await store()
    clock.advance(59 * minute)
    await redis.set(name, sealed, until)
    t.equal(await found(), undefined, 'an entry whose time is over')
    t.match(told, [/^refused/])
    t.equal(
      await found({ ...contoso, tenantEpoch: 3 }),
      undefined,
      'nothing leads to an entry of an epoch before',
    )
  })

  t.test('cannot make a broker stumble', async (t) => {
    const { name, sealed } = await store()
    const texts = [
      '',
      'A',
      '\0',
      'null',
      sealed.slice(0, 40),
      `AAAA${sealed}`,
      'é'.repeat(1000),
      'A'.repeat(1e6),
    ]
    for (const text of texts) {
      await redis.set(name, text, until)
      t.equal(await found(), undefined)
    }
    await redis.del(name)
    await redis.hSet(name, 'a', 'b')
    t.equal(await found(), undefined, 'a key of another type')
    t.equal(tokens.isAvailable, true, 'which Redis shows as no value')
  })

  t.test(
    'cannot use what a broker with another secret stored; the previous secret of the broker can be read',
    async (t) => {
      const { sealed, name } = await store()
      const other = { current: Buffer.from('another secret, which is long enough too, as it should be') }
      const stranger = await openTokens(t, server.url, { clock, secret: other })
      t.equal((await stranger.tokens.find(contoso))?.token, undefined)
      const renewed = await openTokens(t, server.url, {
        clock,
        secret: { ...other, previous: secret.current },
      })
      t.equal((await renewed.tokens.find(contoso))?.token?.value, 'eyJ-the-token-of-contoso')
      await renewed.tokens.store(contoso, tokenOf(clock, { value: 'sealed anew' }))
      t.equal((await renewed.tokens.find(contoso))?.token?.value, 'sealed anew')
      t.equal(await redis.get(name), sealed, 'the entry of replicas with the old secret alone stays theirs')
    },
  )
})
