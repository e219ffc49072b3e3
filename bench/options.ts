import { parseArgs } from 'node:util'
import { findCores } from './child.ts'

export const usage = `npm run bench -- [options]
  --json FILE      write the rows there as well
  --quick          a short run, to see that it works: its figures say little
  --full           with 10,000 and 100,000 tenants too: a quarter of an hour more
  --rounds N       how often each server is measured (default 7; quick 3)
  --seconds S      how long each time (default 2; quick 0.5)
  --tenants N,N    with how many cached tenants, rising (default 1,1000; quick 1,100)`

export interface Options {
  readonly jsonFile?: string
  readonly rounds: number
  /** Milliseconds of one measurement. */
  readonly duration: number
  readonly tenants: readonly number[]
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
    if (!Number.isInteger(rounds) || rounds < 1 || !(duration > 0) || !rising) return undefined
    const file = json === undefined ? {} : { jsonFile: json }
    return { ...file, rounds, duration, tenants, cores: findCores(), log: (text) => console.error(text) }
  } catch {
    return undefined
  }
}
