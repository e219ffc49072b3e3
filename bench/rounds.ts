import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import type { Child } from './child.ts'
import { Held, type Load, Measured, Used } from './messages.ts'
import type { Options } from './options.ts'
import type { Server } from './servers.ts'
import type { Stage } from './stage.ts'

/** How many connections are kept busy. */
export const connectionCounts = [32, 1] as const
/** What is sent at a steady pace: some 170 million requests a day, a fraction of what a broker can answer. */
const paced = { connections: 32, perSecond: 2_000 }
/**
 * What fills a broker's audit log the most. It is emptied right before that, and never else: a virtual machine gives
 * memory that lies free back to its host, and a log in memory that has to be fetched again costs a hit a fifth more.
 */
const [most] = connectionCounts
/** Milliseconds before each measurement, where that is not longer itself. */
const longestWarmUp = 200
/** Measurements that are thrown away, of each server: V8 goes on compiling for some 100,000 requests. */
const warmUps = 4

export interface Sample extends Measured {
  /** Microseconds of the server's CPU. */
  readonly cpuPerRequest: number
}

/** A sample for each round, by name of the server and number of connections. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/** Measures the servers in turn, so that no one of them gets the machine's better minutes. */
export async function measureRounds(
  servers: readonly Server[],
  client: Child,
  key: string,
  tenants: number,
  { rounds, duration }: Options,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>()
  const load = { duration, warmUp: Math.min(longestWarmUp, duration) }
  const measure = (server: Server, how: Pick<Load, 'connections' | 'perSecond'>) => {
    const { request, port, stage } = server
    const own = { request, port, key: stage?.callerKey ?? key, tenants: server.tenants ?? tenants }
    const sample = () => measureOnce(server, client, { ...load, ...how, ...own })
    if (stage === undefined) return sample()
    if (how.connections === most && how.perSecond === undefined) truncateSync(auditOf(stage))
    return expectHits(stage, sample)
  }
  const add = async (server: Server, name: string, how: Pick<Load, 'connections' | 'perSecond'>) => {
    const key = `${server.name}.${name}`
    samples.set(key, [...(samples.get(key) ?? []), await measure(server, how)])
  }
  for (let warmUp = 0; warmUp < warmUps; warmUp += 1)
    for (const server of servers) await measure(server, { connections: most })
  // What minting left behind would else be collected in the middle of somebody's measurement.
  for (const { stage } of servers) await stage?.broker.ask({ kind: 'memory' }, Held)
  for (let round = 0; round < rounds; round += 1) {
    for (const connections of connectionCounts)
      for (const server of servers) await add(server, String(connections), { connections })
    for (const server of servers)
      if (server.stage !== undefined || server.name === 'bare_fastify') await add(server, 'paced', paced)
  }
  return samples
}

async function measureOnce({ child }: Server, client: Child, load: Load): Promise<Sample> {
  const before = await child.ask({ kind: 'usage' }, Used)
  const measured = await client.ask(load, Measured)
  const after = await child.ask({ kind: 'usage' }, Used)
  return { ...measured, cpuPerRequest: (after.cpu - before.cpu) / measured.requests }
}

/** A figure of hits counts only if each request was one, for the metrics, and has its line in the audit log. */
async function expectHits(stage: Stage, sample: () => Promise<Sample>): Promise<Sample> {
  const { size } = statSync(auditOf(stage))
  const before = await countHits(stage)
  const measured = await sample()
  const hits = (await countHits(stage)) - before
  const audited = readFileSync(auditOf(stage)).subarray(size)
  const lines = audited.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
  if (hits === measured.requests && lines === measured.requests) return measured
  throw new Error(`Of ${measured.requests} requests, ${hits} were hits and ${lines} were audited.`)
}

const auditOf = ({ folder }: Stage) => join(folder, 'audit.log')

async function countHits({ origin }: Stage): Promise<number> {
  const text = await (await request(`${origin}/metrics`)).body.text()
  const line = /^token_broker_token_requests_total\{outcome="issued",cache="hit"\} (\d+)$/m
  return Number(line.exec(text)?.[1] ?? 0)
}
