import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../sandbox/loopback.ts'
import { sha256 } from '../broker/fixture.ts'
import { runSandbox } from '../fixture.ts'
import { createRawClient } from '../http/raw-client.ts'
import { redisUrl, withoutRedis } from '../redis.ts'
import { addReplica } from '../replicas.ts'

const contoso = { tenant: 'contoso', scopes: ['Mail.Read'] }

t.test('two replicas with one Redis', { skip: withoutRedis }, async (t) => {
  const running = await runSandbox(t, { environment: { REDIS_URL: redisUrl } })
  const registry = { SQLITE_PATH: join(running.folder, 'registry.sqlite'), REDIS_URL: redisUrl }
  const first = running.caller
  const second = await addReplica(t, running, registry)
  const scrape = async (origin: string) =>
    (await createRawClient(origin)({ method: 'GET', path: '/metrics' })).text

  t.test('what one minted the other hands out', async (t) => {
    const minted = await first('POST', '/tokens', contoso)
    const shared = await second.caller('POST', '/tokens', contoso)
    t.equal(shared.status, 200)
    t.equal(shared.body['access_token'], minted.body['access_token'])
    t.strictSame(shared.body['granted_permissions'], minted.body['granted_permissions'])
    const differ = Number(minted.body['expires_in']) - Number(shared.body['expires_in'])
    t.ok(differ >= 0 && differ <= 2, `${differ} s of its life have passed`)
    const metrics = await scrape(second.origin)
    t.match(metrics, 'token_broker_redis_available 1')
    t.match(metrics, 'token_broker_redis_lookups_total{result="hit"} 1')
    t.match(metrics, 'token_broker_redis_failures_total{reason="timeout"}')
    t.match(metrics, 'cache="shared"} 1')
    t.notMatch(metrics, 'token_broker_entra_request_seconds_count', 'Entra was not asked')
  })

  t.test('what a resource refused is minted anew once, and the other one takes that', async (t) => {
    const before = await second.caller('POST', '/tokens', contoso)
    const refused = { ...contoso, rejected_token_sha256: sha256(String(before.body['access_token'])) }
    const anew = await second.caller('POST', '/tokens', refused)
    t.not(anew.body['access_token'], before.body['access_token'])
    const other = await first('POST', '/tokens', refused)
    t.equal(other.body['access_token'], anew.body['access_token'])
  })

  t.test('a replica that has no Redis starts, is ready, and gets its tokens by itself', async (t) => {
    const nowhere = `redis://127.0.0.1:${await freePort()}`
    const alone = await addReplica(t, running, { ...registry, REDIS_URL: nowhere })
    t.equal((await alone.anonymous('GET', '/readyz')).status, 200)
    t.equal((await alone.caller('POST', '/tokens', contoso)).status, 200)
    t.match(await scrape(alone.origin), 'token_broker_redis_available 0')
  })
})
