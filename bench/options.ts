import { parseArgs } from 'node:util'
import { findCores } from './child.ts'

export const usage = `npm run bench -- [options]
  --json FILE      write the rows there as well
  --quick          a short run, to see that it works: its figures say little
  --full           with 10,000 and 100,000 tenants too: a quarter of an hour more
  --only NAME,NAME of hit, herd, mint, start: these parts alone
  --rounds N       how often each server is measured (default 7; quick 3)
  --seconds S      how long each time (default 2; quick 0.5)
  --tenants N,N    with how many cached tenants, rising (default 1,1000; quick 1,100)`

export const partNames = ['hit', 'herd', 'mint', 'start'] as const
export type PartName = (typeof partNames)[number]

export interface Options {
  readonly parts: readonly PartName[]
  readonly jsonFile?: string
  readonly rounds: number
  /** Milliseconds of one measurement. */
  readonly duration: number
  readonly tenants: readonly number[]
  /** So many callers at once on one target, and on each of many. */
  readonly herd: { readonly callers: number; readonly targets: number; readonly each: number }
  readonly cores: { readonly server: number; readonly client: number } | undefined
  readonly log: (text: string) => void
}

/** Undefined where something is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        tenants: { type: 'string' },
      },
    })
    const { json, quick, full } = values
    const rounds = Number(values.rounds ?? (quick ? 3 : 7))
    const duration = Number(values.seconds ?? (quick ? 0.5 : 2)) * 1000
    const standard = quick ? '1,100' : full ? '1,1000,10000,100000' : '1,1000'
    const tenants = (values.tenants ?? standard).split(',').map(Number)
    const rising = tenants.every(
      (count, index) => Number.isInteger(count) && count > (tenants[index - 1] ?? 0),
    )
    const only = (values.only ?? partNames.join()).split(',')
    const parts = partNames.filter((name) => only.includes(name))
    if (parts.length !== only.length) return undefined
    if (!Number.isInteger(rounds) || rounds < 1 || !(duration > 0) || !rising) return undefined
    const file = json === undefined ? {} : { jsonFile: json }
    const herd = quick ? { callers: 100, targets: 50, each: 20 } : { callers: 1_000, targets: 500, each: 200 }
    const log = (text: string) => console.error(text)
    return { ...file, parts, rounds, duration, tenants, herd, cores: findCores(), log }
  } catch {
    return undefined
  }
}
