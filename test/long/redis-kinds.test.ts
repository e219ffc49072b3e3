import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts'
import { freePort } from '../../sandbox/loopback.ts'
import type { RedisTokens } from '../../src/adapters/redis/shared-tokens.ts'
import { systemClock } from '../../src/compose/platform.ts'
import { openTokens, openUnconnected } from '../adapters/redis/stage.ts'
import { targetNamed, tokenOf } from '../broker/fixture.ts'
import { startRedis, withoutRedis } from '../redis.ts'

/** As docs/redis.md has them. */
const rules = ['~gtb:*', 'resetchannels', '-@all', '+mget', '+get', '+set', '+del', '+pttl', '+eval', '+ping']
const auth = ['-a', 'sesame', '--no-auth-warning']
/** Makes the account that docs/redis.md describes. */
const allow = (port: number, ...more: readonly string[]) =>
  cli(port, ...auth, 'acl', 'setuser', 'broker', 'on', '>sesame', ...rules, ...more)
const contoso = targetNamed('contoso')

const cli = (port: number, ...words: readonly string[]) =>
  execFileSync('redis-cli', ['-p', `${port}`, ...words], { encoding: 'utf8' })

/** Everything that replicas do with Redis. */
async function exchange(t: Test, here: RedisTokens, there: RedisTokens, names: readonly string[]) {
  for (const name of names) {
    const target = targetNamed(name)
    const lock = await here.lock(target, 11_000)
    if (lock === undefined || lock === 'taken') return t.fail(`${name} is not locked: ${lock}`)
    t.equal(await there.lock(target, 11_000), 'taken')
    t.strictSame(await there.find(target), { minting: true })
    await here.store(target, tokenOf(systemClock, { value: name }))
    await lock.release()
    const found = await there.find(target)
    t.equal(found?.token?.value, name)
    t.equal(found?.minting, false)
  }
  t.equal(here.failures.error + there.failures.error, 0)
}

t.test('every kind of Redis', { skip: withoutRedis }, async (t) => {
  t.test('one with TLS, a user and a database of its own', async (t) => {
    const authority = await createCertificateAuthority(new Date())
    const { key, cert } = await authority.issue(['localhost'])
    const folder = t.testdir({ key, cert, users: '' })
    writeFileSync(
      join(folder, 'users'),
      `user default off\nuser broker on >p%40ss:w/rd ${rules.join(' ')} +select\nuser admin on >admin ~* +@all\n`,
    )
    const port = await freePort()
    const server = await startRedis(t, [
      ...['--tls-port', `${port}`, '--tls-auth-clients', 'no', '--aclfile', join(folder, 'users')],
      ...['--tls-key-file', join(folder, 'key'), '--tls-cert-file', join(folder, 'cert')],
      ...['--tls-ca-cert-file', join(folder, 'cert')],
    ])
    const url = `rediss://broker:${encodeURIComponent('p%40ss:w/rd')}@localhost:${port}/3`
    const ca = authority.certificatePem
    const [here, there] = [await openTokens(t, url, { ca }), await openTokens(t, url, { ca })]
    await exchange(t, here.tokens, there.tokens, ['contoso'])
    const admin = ['--user', 'admin', '--pass', 'admin', '--no-auth-warning']
    t.match(cli(server.port, ...admin, '-n', '3', 'dbsize'), /^1\n/)

    const refusals = [
      [url.replace('localhost', '127.0.0.1'), ca, /altnames|does not match/i],
      [url, undefined, /certificate/i],
      [url.replace('broker:', 'nobody:'), ca, /WRONGPASS/],
      [`redis://127.0.0.1:${server.port}`, undefined, /NOAUTH/],
    ] as const
    for (const [wrong, trusted, told] of refusals) {
      const stage = openUnconnected(t, wrong, trusted === undefined ? {} : { ca: trusted })
      while (stage.told.length === 0) {
        await stage.tokens.find(contoso)
        await delay(20)
      }
      t.match(stage.told.join(), told)
      t.notMatch(stage.told.join(), 'w/rd')
    }
  })

  t.test('a cluster, whose nodes come and go', async (t) => {
    const servers = []
    for (let node = 0; node < 6; node += 1) {
      const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000']
      servers.push(await startRedis(t, [...options, '--requirepass', 'sesame', '--masterauth', 'sesame']))
    }
    const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
    const [first] = servers
    if (first === undefined) throw new Error('no node')
    for (const { port } of servers) allow(port, '+cluster|slots')
    cli(first.port, ...auth, '--cluster', 'create', ...nodes, '--cluster-replicas', '1', '--cluster-yes')
    for (const { port } of servers)
      while (!cli(port, ...auth, 'cluster', 'info').includes('cluster_state:ok')) await delay(20)
    // A replica that has never had its primary's data is not put in its place.
    for (const { port } of servers)
      while (cli(port, ...auth, 'info', 'replication').includes('link_status:down')) await delay(50)
    const url = `redis+cluster://broker:sesame@${nodes.slice(0, 2).join(',')}`
    const [here, there] = [await openTokens(t, url), await openTokens(t, url)]
    const names = Array.from({ length: 30 }, (_, i) => `tenant ${i}`)
    await exchange(t, here.tokens, there.tokens, names)

    await first.kill()
    const late = openUnconnected(t, url)
    const began = performance.now()
    const target = targetNamed('tenant 3')
    const isServed = async ({ tokens }: typeof here) => {
      for (const name of names) if ((await tokens.find(targetNamed(name))) === undefined) return false
      return tokens.isAvailable
    }
    for (const [replica, stage] of Object.entries({ here, there, late })) {
      while (!(await isServed(stage))) {
        if (performance.now() - began > 90_000)
          return t.fail(`${replica} is not served: ${stage.told.join()}`)
        await delay(100)
      }
    }
    t.comment(`after ${Math.round(performance.now() - began)} ms another node serves what the killed one did`)
    await here.tokens.store(target, tokenOf(systemClock, { value: 'after' }))
    t.equal((await there.tokens.find(target))?.token?.value, 'after')
  })

  t.test('sentinels, which put a replica in the place of a primary that died', async (t) => {
    const credentials = ['--requirepass', 'sesame', '--masterauth', 'sesame']
    const primary = await startRedis(t, credentials)
    const replica = await startRedis(t, [...credentials, '--replicaof', `127.0.0.1 ${primary.port}`])
    for (const { port } of [primary, replica]) allow(port, '+select')
    const folder = t.testdir({})
    const ports: number[] = []
    for (let number = 0; number < 3; number += 1) {
      const port = await freePort()
      const file = join(folder, `sentinel-${number}.conf`)
      writeFileSync(
        file,
        [
          'requirepass guard',
          `sentinel monitor tokens 127.0.0.1 ${primary.port} 2`,
          'sentinel auth-pass tokens sesame',
          'sentinel sentinel-pass guard',
          'sentinel down-after-milliseconds tokens 1000',
          'sentinel failover-timeout tokens 5000',
        ].join('\n'),
      )
      await startRedis(t, ['--sentinel'], port, file)
      ports.push(port)
    }
    while (
      !cli(replica.port, '-a', 'sesame', '--no-auth-warning', 'info', 'replication').includes(
        'link_status:up',
      )
    )
      await delay(50)
    const nodes = ports.map((port) => `127.0.0.1:${port}`).join(',')
    const url = `redis+sentinel://broker:sesame@${nodes}/tokens?db=2&sentinel_password=guard`
    const [here, there] = [await openTokens(t, url), await openTokens(t, url)]
    await exchange(t, here.tokens, there.tokens, ['contoso', 'fabrikam'])

    await primary.kill()
    const began = performance.now()
    while (
      (await there.tokens.find(contoso)) === undefined ||
      (await here.tokens.find(contoso)) === undefined
    ) {
      if (performance.now() - began > 60_000) return t.fail(`no failover: ${here.told.join()}`)
      await delay(100)
    }
    t.comment(`the replica serves after ${Math.round(performance.now() - began)} ms`)
    await here.tokens.store(contoso, tokenOf(systemClock, { value: 'after' }))
    t.equal((await there.tokens.find(contoso))?.token?.value, 'after')
  })
})
