import { createGenerate } from '../src/adapters/x509/generate.ts'
import { systemClock, systemRandom } from '../src/compose/platform.ts'
import { type Child, startChild } from './child.ts'
import {
  type Do,
  Done,
  Endpoint,
  type MinterMessage,
  Spent,
  type StartMinter,
  Weight,
} from './mint-messages.ts'
import type { Options } from './options.ts'
import { compare, type Row } from './rows.ts'

/** So many rounds' worth of work is done between the weighings of the heap. */
const weighedRounds = 5
/** At least so many times before anything is measured, because V8 compiles MSAL late. */
const warmUp = 1_000
const megabyte = 1e6
/** Compiled code stays: V8 drops megabytes of it at times, and the heap would seem to shrink. */
const flags = ['--expose-gc', '--no-flush-bytecode']

/** Milliseconds of CPU each time, in every round. */
type Costs = Readonly<Record<Do['work'], number[]>>

/** The broker's issuer, and beside it what gets the same tokens with as little as possible. */
interface Minters {
  readonly issuer: Child
  readonly raw: Child
}

/** Tokens from an endpoint that answers at once: what an acquisition costs the broker's own process. */
export async function benchMints(options: Options): Promise<Row[]> {
  options.log('mint: getting tokens over and over …')
  const bare = await weighBare(options)
  const endpoint = startChild('token-endpoint.ts', options.cores?.client)
  const minters = await startMinters(endpoint, options)
  const ready = await weigh(minters.issuer)
  // As many as the milliseconds that the other measurements take.
  const times = Math.max(20, Math.round(options.duration))
  const costs = await measureCosts(minters, times, options.rounds)

  const before = await weigh(minters.issuer)
  const more = times * weighedRounds
  await work(minters.issuer, 'mint', more)
  await work(minters.raw, 'raw', more)
  const after = { issuer: await weigh(minters.issuer), raw: await weigh(minters.raw) }
  for (const child of [minters.issuer, minters.raw, endpoint]) await child.stop()
  const megabytes = ({ resident }: Weight) => [resident / megabyte]
  return [
    ...describeCosts(costs),
    compare('mint.retained_bytes', 'bytes', [(after.issuer.held - before.held) / more]),
    compare('mint.rss_mb', 'MB', megabytes(after.issuer), { name: 'raw', values: megabytes(after.raw) }),
    compare('mint.rss_ready_mb', 'MB', megabytes(ready), {
      name: 'msal_alone',
      values: megabytes(bare.msal),
    }),
    compare('raw.mint.rss_mb', 'MB', megabytes(after.raw)),
    compare('msal_alone.rss_mb', 'MB', megabytes(bare.msal)),
    compare('bare_node.rss_mb', 'MB', megabytes(bare.node)),
  ]
}

async function startMinters(endpoint: Child, { cores }: Options): Promise<Minters> {
  const { origin, certificatePem } = await endpoint.ask({ kind: 'start_endpoint' }, Endpoint)
  const generate = createGenerate(systemClock, systemRandom)
  const bundle = await generate({ subject: 'CN=bench', keySize: 2048, validityDays: 1 })
  const { privateKeyPem, ...certificate } = bundle
  const pem = `${privateKeyPem}${certificate.certificatePem}`
  const order = { kind: 'start_minter', endpoint: { origin, certificatePem }, pem, certificate } as const
  const start = async (by: StartMinter['by']) => {
    const child = startChild('mint-server.ts', cores?.server, flags)
    await child.ask({ ...order, by } satisfies MinterMessage, Done)
    return child
  }
  return { issuer: await start('issuer'), raw: await start('raw') }
}

/** In turn, so that none of them gets the machine's better minutes. */
async function measureCosts({ issuer, raw }: Minters, times: number, rounds: number): Promise<Costs> {
  await work(issuer, 'mint', Math.max(warmUp, times))
  await work(raw, 'raw', Math.max(warmUp, times))
  const costs: Costs = { mint: [], raw: [], sign: [] }
  for (let round = 0; round < rounds; round += 1) {
    costs.mint.push(await work(issuer, 'mint', times))
    costs.raw.push(await work(raw, 'raw', times))
    costs.sign.push(await work(raw, 'sign', times))
  }
  return costs
}

async function work(minter: Child, kind: Do['work'], times: number): Promise<number> {
  const message: MinterMessage = { kind: 'do', work: kind, times }
  return (await minter.ask(message, Spent)).cpu / 1000
}

function weigh(child: Child): Promise<Weight> {
  const message: MinterMessage = { kind: 'weigh' }
  return child.ask(message, Weight)
}

function describeCosts({ mint, raw, sign }: Costs): Row[] {
  const bound = { name: 'twice_the_signature', values: sign.map((cost) => 2 * cost) }
  return [
    compare('mint.cpu_ms', 'ms', mint, { name: 'raw', values: raw }),
    compare('mint.cpu_ms_to_signature', 'ms', mint, bound),
    compare('mint.sign_ms', 'ms', sign),
    compare('raw.mint.cpu_ms', 'ms', raw, bound),
  ]
}

/** A process that has done nothing, and after it has loaded MSAL. */
async function weighBare({ cores }: Options): Promise<{ readonly node: Weight; readonly msal: Weight }> {
  const child = startChild('mint-server.ts', cores?.server, flags)
  const node = await weigh(child)
  const message: MinterMessage = { kind: 'load_msal' }
  await child.ask(message, Done)
  const msal = await weigh(child)
  await child.stop()
  return { node, msal }
}
