import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expectSuccess } from '../sandbox/api-client.ts'
import { startChild } from './child.ts'
import { type FillCache, Filled, Held, Read } from './messages.ts'
import type { Options } from './options.ts'
import { requestBody } from './request.ts'
import { connectionCounts, measureRounds, type Sample, type Samples } from './rounds.ts'
import { compare, type Row } from './rows.ts'
import { brokerOf, type Server, startServers } from './servers.ts'
import { type Stage, setStage } from './stage.ts'
import { addTenants } from './tenants.ts'

/** Tokens from the cache, against servers that only read the request and send as much; and what the cache weighs. */
export async function benchHits(folder: string, options: Options): Promise<Row[]> {
  const stage = await setStage(folder, options.cores?.server)
  const single = await setSingle(join(folder, 'one-tenant'), options)
  const client = startChild('load.ts', options.cores?.client)
  const rows: Row[] = []
  let servers: readonly Server[] | undefined
  let held: Weight | undefined
  for (const tenants of options.tenants) {
    options.log(`hit: registering ${tenants} tenant(s) and minting their tokens …`)
    await addTenants(stage, held?.tenants ?? 0, tenants)
    servers ??= await startServers(stage, options.cores?.server)

    options.log(`hit: measuring with ${tenants} tenant(s) …`)
    const aims = tenants === 1 ? servers : [...servers, brokerOf(single, 'one_tenant')]
    const samples = await measureRounds(aims, client, stage.callerKey, tenants, options)
    if ([...samples.values()].flat().some(({ clientBusy }) => clientBusy > 0.95))
      options.log('The client was at its limit: a server may be faster than its figures.')
    rows.push(...describe(samples, tenants))
    if (tenants > 1 && tenants <= mostForMsal)
      rows.push(...(await compareWithMsal(samples, tenants, options)))
    // After each token was handed out from the cache as well, which leaves something behind.
    const now = { tenants, bytes: await heldBytes(stage) }
    if (held !== undefined) rows.push(...(await weigh(stage, held, now)))
    held = now
  }
  await client.stop()
  for (const { child, stage } of servers ?? []) if (stage === undefined) await child.stop()
  await single.close()
  await stage.close()
  return rows
}

/** A broker with one tenant, to be measured in the same rounds as one with many. */
async function setSingle(folder: string, { cores }: Options): Promise<Stage> {
  mkdirSync(folder)
  const stage = await setStage(folder, cores?.server)
  await addTenants(stage, 0, 1)
  return stage
}

/** MSAL takes so long to fill its cache that a larger one would outlast the rest of the run. */
const mostForMsal = 1_000
/** Calls of MSAL's cache in a round. */
const callsPerRound = 500

/**
 * A hit, with the network and all, against MSAL's own cache in the process that wants the token. Over one connection,
 * since that process waits for one call after the other too.
 */
async function compareWithMsal(samples: Samples, tenants: number, options: Options): Promise<Row[]> {
  const hits = (samples.get('hit.1') ?? []).map(({ p50 }) => p50)
  const name = `hit.1.tenants_${tenants}.latency_p50_to_msal`
  const certificate = await timeMsal('certificate', tenants, options)
  const secret = await timeMsal('secret', tenants, options)
  return [
    compare(name, 'ms', hits, { name: 'msal_cached', values: certificate }),
    compare(`${name}_with_secret`, 'ms', hits, { name: 'msal_cached_with_secret', values: secret }),
  ]
}

/** Milliseconds of a call, in each round. */
async function timeMsal(
  credential: FillCache['credential'],
  tenants: number,
  { cores, rounds }: Options,
): Promise<number[]> {
  const child = startChild('msal-cache.ts', cores?.server)
  const order: FillCache = { kind: 'fill_cache', credential, tenants, accessToken: 'x'.repeat(2_000) }
  await child.ask(order, Filled)
  const values: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    values.push((await child.ask({ kind: 'read_cache', tenants, times: callsPerRound }, Read)).milliseconds)
  }
  await child.stop()
  return values
}

interface Weight {
  readonly tenants: number
  readonly bytes: number
}

async function heldBytes({ broker }: Stage): Promise<number> {
  return (await broker.ask({ kind: 'memory' }, Held)).bytes
}

async function weigh(stage: Stage, before: Weight, now: Weight): Promise<Row[]> {
  const bytes = (now.bytes - before.bytes) / (now.tenants - before.tenants)
  const { access_token } = await expectSuccess(stage.caller('POST', '/tokens', JSON.parse(requestBody(0))))
  const prefix = `memory.tenants_${now.tenants}`
  return [
    compare(`${prefix}.bytes_per_cached_tenant`, 'bytes', [bytes]),
    compare(`${prefix}.bytes_beside_the_token`, 'bytes', [bytes - String(access_token).length]),
  ]
}

/** The rows of one number of tenants. The names say nothing of a single one, which is the usual case. */
function describe(samples: Samples, tenants: number): Row[] {
  const rows: Row[] = []
  for (const connections of connectionCounts) {
    const { prefix, figure, row } = comparing(samples, String(connections), tenants)
    const speed = ({ requestsPerSecond }: Sample) => requestsPerSecond
    rows.push(row('requests_per_second', '1/s', speed))
    rows.push(row('requests_per_second_to_raw_http', '1/s', speed, 'raw_http'))
    rows.push(row('requests_per_second_to_batched', '1/s', speed, 'bare_fastify_batched'))
    rows.push(row('requests_per_second_to_oidc_provider', '1/s', speed, 'oidc_provider'))
    if (tenants > 1) rows.push(row('requests_per_second_to_one_tenant', '1/s', speed, 'one_tenant'))
    rows.push(...describeLatency(samples, String(connections), tenants))
    rows.push(row('server_cpu_per_request', 'µs', ({ cpuPerRequest }) => cpuPerRequest))
    for (const peer of ['bare_fastify', 'bare_fastify_batched', 'raw_http', 'oidc_provider']) {
      rows.push(compare(`${peer}.${prefix}requests_per_second`, '1/s', figure(peer, speed)))
    }
  }
  return [...rows, ...describeLatency(samples, 'paced', tenants)]
}

function describeLatency(samples: Samples, load: string, tenants: number): Row[] {
  const { row } = comparing(samples, load, tenants)
  const p99 = (sample: Sample) => sample.p99
  const rows = [row('latency_p50', 'ms', ({ p50 }) => p50), row('latency_p99', 'ms', p99)]
  return tenants === 1 ? rows : [...rows, row('latency_p99_to_one_tenant', 'ms', p99, 'one_tenant')]
}

/** `load`: connections that are kept busy, or `paced`. */
function comparing(samples: Samples, load: string, tenants: number) {
  const prefix = `${load}.${tenants === 1 ? '' : `tenants_${tenants}.`}`
  const figure = (server: string, pick: (sample: Sample) => number) =>
    (samples.get(`${server}.${load}`) ?? []).map(pick)
  const row = (name: string, unit: string, pick: (sample: Sample) => number, against = 'bare_fastify') =>
    compare(`hit.${prefix}${name}`, unit, figure('hit', pick), {
      name: against,
      values: figure(against, pick),
    })
  return { prefix, figure, row }
}
