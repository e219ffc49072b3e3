import { startChild } from './child.ts'
import { Filled, Held, Read } from './messages.ts'
import type { Options } from './options.ts'
import { connectionCounts, measureRounds, type Sample, type Samples } from './rounds.ts'
import { compare, type Row } from './rows.ts'
import { type Server, startServers } from './servers.ts'
import { type Stage, setStage } from './stage.ts'
import { addTenants } from './tenants.ts'

/** Tokens from the cache, against servers that only read the request and send as much; and what the cache weighs. */
export async function benchHits(folder: string, options: Options): Promise<Row[]> {
  const stage = await setStage(folder, options.cores?.server)
  const client = startChild('load.ts', options.cores?.client)
  const rows: Row[] = []
  let servers: readonly Server[] | undefined
  let held: Weight | undefined
  for (const tenants of options.tenants) {
    options.log(`hit: registering ${tenants} tenant(s) and minting their tokens …`)
    await addTenants(stage, held?.tenants ?? 0, tenants)
    servers ??= await startServers(stage, options.cores?.server)
    if (held !== undefined) rows.push(await weigh(stage, tenants, held))

    options.log(`hit: measuring with ${tenants} tenant(s) …`)
    const samples = await measureRounds(stage, servers, client, tenants, options)
    if ([...samples.values()].flat().some(({ clientBusy }) => clientBusy > 0.95))
      options.log('The client was at its limit: a server may be faster than its figures.')
    rows.push(...describe(samples, tenants))
    if (tenants > 1 && tenants <= mostForMsal) rows.push(await compareWithMsal(samples, tenants, options))
    held = { tenants, bytes: await heldBytes(stage) }
  }
  await client.stop()
  for (const { name, child } of servers ?? []) if (name !== 'hit') await child.stop()
  await stage.close()
  return rows
}

/** MSAL takes so long to fill its cache that a larger one would outlast the rest of the run. */
const mostForMsal = 1_000
/** Calls of MSAL's cache in a round. */
const callsPerRound = 500

/**
 * A hit, with the network and all, against MSAL's own cache in the process that wants the token. Over one connection,
 * since that process waits for one call after the other too.
 */
async function compareWithMsal(samples: Samples, tenants: number, { cores, rounds }: Options): Promise<Row> {
  const child = startChild('msal-cache.ts', cores?.server)
  const accessToken = 'x'.repeat(2_000)
  await child.ask({ kind: 'fill_cache', tenants, accessToken }, Filled)
  const values: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    values.push((await child.ask({ kind: 'read_cache', tenants, times: callsPerRound }, Read)).milliseconds)
  }
  await child.stop()
  const hits = (samples.get('hit.1') ?? []).map(({ p50 }) => p50)
  return compare(`hit.1.tenants_${tenants}.latency_p50_to_msal`, 'ms', hits, { name: 'msal_cached', values })
}

interface Weight {
  readonly tenants: number
  readonly bytes: number
}

async function heldBytes({ broker }: Stage): Promise<number> {
  return (await broker.ask({ kind: 'memory' }, Held)).bytes
}

async function weigh(stage: Stage, tenants: number, before: Weight): Promise<Row> {
  const bytes = ((await heldBytes(stage)) - before.bytes) / (tenants - before.tenants)
  return compare(`memory.tenants_${tenants}.bytes_per_cached_tenant`, 'bytes', [bytes])
}

/** The rows of one number of tenants. The names say nothing of a single one, which is the usual case. */
function describe(samples: Samples, tenants: number): Row[] {
  const rows: Row[] = []
  for (const connections of connectionCounts) {
    const figure = (server: string, pick: (sample: Sample) => number) =>
      (samples.get(`${server}.${connections}`) ?? []).map(pick)
    const prefix = `${connections}.${tenants === 1 ? '' : `tenants_${tenants}.`}`
    const row = (name: string, unit: string, pick: (sample: Sample) => number, against = 'bare_fastify') =>
      compare(`hit.${prefix}${name}`, unit, figure('hit', pick), {
        name: against,
        values: figure(against, pick),
      })

    const speed = ({ requestsPerSecond }: Sample) => requestsPerSecond
    rows.push(row('requests_per_second', '1/s', speed))
    rows.push(row('requests_per_second_to_raw_http', '1/s', speed, 'raw_http'))
    rows.push(row('requests_per_second_to_batched', '1/s', speed, 'bare_fastify_batched'))
    rows.push(row('requests_per_second_to_oidc_provider', '1/s', speed, 'oidc_provider'))
    rows.push(row('latency_p50', 'ms', ({ p50 }) => p50))
    rows.push(row('latency_p99', 'ms', ({ p99 }) => p99))
    rows.push(row('server_cpu_per_request', 'µs', ({ cpuPerRequest }) => cpuPerRequest))
    for (const peer of ['bare_fastify', 'bare_fastify_batched', 'raw_http', 'oidc_provider']) {
      rows.push(compare(`${peer}.${prefix}requests_per_second`, '1/s', figure(peer, speed)))
    }
  }
  return rows
}
