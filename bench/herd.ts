import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from './child.ts'
import { countCalls } from './entra-calls.ts'
import { Answered, type AskAtOnce, type OpenConnections, Opened } from './herd-messages.ts'
import type { Options } from './options.ts'
import { startRedis } from './redis.ts'
import { compare, type Row } from './rows.ts'
import { type BrokerProcess, type Stage, setStage, startBroker } from './stage.ts'
import { registerTenants } from './tenants.ts'

const replicas = 3
/** Milliseconds after the second half of the targets is asked for: some of them are being minted then. */
const untilRedisIsLost = 20

interface Herd {
  readonly stage: Stage
  /** Of the brokers, which the callers go to in turn. */
  readonly ports: readonly number[]
  readonly client: Child
  readonly connections: number
}

/** Tenants whose tokens nobody has asked for, and by how many callers each is to be asked for at once. */
interface Targets {
  readonly from: number
  readonly count: number
  readonly each: number
}

interface Outcome extends Answered {
  /** Tokens that Entra was asked for. */
  readonly calls: number
}

/** How many tokens Entra may be asked for. */
interface Most {
  readonly name: 'one_a_target' | 'one_a_target_and_replica'
  readonly calls: number
}

/** Everybody wants a token that nobody has yet: what Entra hears of it, and how long they wait. */
export async function benchHerds(folder: string, options: Options): Promise<Row[]> {
  const { callers, targets, each } = options.herd
  options.log(`herd: ${callers} callers at once on one target, then ${targets} targets of ${each} callers …`)
  const stage = await setStage(folder, options.cores?.server)
  const herd = gather(stage, [], options)
  const single: Outcome[] = []
  for (let round = 0; round < options.rounds; round += 1)
    single.push(await stampede(herd, { from: round, count: 1, each: callers }))
  const many = await stampede(herd, { from: options.rounds, count: targets, each })
  await herd.client.stop()
  await stage.close()
  const waited = single.map(({ milliseconds }) => milliseconds)
  return [
    ...describe('herd.single', single, { name: 'one_a_target', calls: 1 }, options),
    compare('herd.single.milliseconds', 'ms', waited),
    ...describe('herd.many', [many], { name: 'one_a_target', calls: targets }, options),
    compare('herd.many.requests_per_second', '1/s', [(targets * each) / (many.milliseconds / 1000)]),
  ]
}

/** The same with replicas that share their tokens, and with replicas that lose Redis meanwhile. */
export async function benchReplicas(folder: string, options: Options): Promise<Row[]> {
  const { targets, each } = options.herd
  const core = options.cores?.server
  const redis = await startRedis(folder, core)
  if (redis === undefined) {
    options.log('herd: redis-server is not installed, so the rows of replicas are left out.')
    return []
  }
  options.log(
    `herd: ${targets} targets of ${each} callers at ${replicas} replicas, and again while Redis goes …`,
  )
  try {
    const stage = await setStage(folder, core, redis.url)
    const others: BrokerProcess[] = []
    for (let number = 2; number <= replicas; number += 1) {
      const own = { auditLog: `audit-${number}.log`, redisUrl: redis.url }
      others.push(await startBroker(stage.cloud, folder, core, own))
    }
    const herd = gather(stage, others, options)
    const shared = await stampede(herd, { from: 0, count: targets, each })
    const lost = await stampede(herd, { from: targets, count: targets, each }, async () => {
      await delay(untilRedisIsLost)
      await redis.kill()
    })
    for (const child of [herd.client, ...others.map((other) => other.child)]) await child.stop()
    await stage.close()
    const alone: Most = { name: 'one_a_target_and_replica', calls: replicas * targets }
    return [
      ...describe('herd.replicas', [shared], { name: 'one_a_target', calls: targets }, options),
      ...describe('herd.replicas_redis_lost', [lost], alone, options),
    ]
  } finally {
    await redis.kill()
  }
}

function gather(stage: Stage, others: readonly BrokerProcess[], { cores, herd }: Options): Herd {
  const ports = [stage.port, ...others.map(({ port }) => port)]
  return { stage, ports, client: startChild('herd-client.ts', cores?.client), connections: herd.callers }
}

/** `midway` begins together with the second half of the targets. */
async function stampede(
  { stage, ports, client, connections }: Herd,
  { from, count, each }: Targets,
  midway = async () => {},
): Promise<Outcome> {
  const ask = (first: number, to: number) => {
    const order: AskAtOnce = { kind: 'ask_at_once', key: stage.callerKey, from: first, to, each }
    return client.ask(order, Answered)
  }
  const [middle, end] = [from + Math.floor(count / 2), from + count]
  await registerTenants(stage, from, end, ports)
  const order: OpenConnections = { kind: 'open_connections', ports: [...ports], count: connections }
  await client.ask(order, Opened)
  const before = await countCalls(stage.cloud)
  const first = await ask(from, middle)
  const [second] = await Promise.all([ask(middle, end), midway()])
  return {
    calls: (await countCalls(stage.cloud)) - before,
    failures: [...first.failures, ...second.failures],
    milliseconds: first.milliseconds + second.milliseconds,
  }
}

/** The worst of the rounds: what must never happen is no matter of medians. */
function describe(name: string, outcomes: readonly Outcome[], most: Most, { log }: Options): Row[] {
  const calls = Math.max(...outcomes.map((outcome) => outcome.calls))
  const failed = Math.max(...outcomes.map(({ failures }) => failures.length))
  if (calls > most.calls || failed > 0)
    log(`${name}: Entra was asked ${calls} times, ${most.calls} at most; ${failed} callers got no token.`)
  const statuses = new Set(outcomes.flatMap(({ failures }) => failures))
  if (statuses.size > 0)
    log(`${name}: they were answered ${[...statuses].sort().join(', ')} (0: not at all).`)
  return [
    compare(`${name}.calls`, 'calls', [calls], { name: most.name, values: [most.calls] }),
    compare(`${name}.failed`, 'requests', [failed]),
  ]
}
