import { parseArgs } from 'node:util'

export const usage = `npm run soak -- [options]
  --json FILE      write the rows there as well
  --minutes N      how long (default 12); its first quarter is the warm-up
  --lifetime S     seconds that each token lives (default 60)`

export interface SoakOptions {
  readonly jsonFile: string | undefined
  /** Milliseconds. */
  readonly duration: number
  /** Seconds. */
  readonly lifetime: number
}

/** Undefined where something is wrong with the arguments. */
export function readSoakOptions(args: readonly string[]): SoakOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'string' },
        minutes: { type: 'string', default: '12' },
        lifetime: { type: 'string', default: '60' },
      },
    })
    const duration = Number(values.minutes) * 60_000
    const lifetime = Number(values.lifetime)
    if (!(duration > 0 && Number.isFinite(duration)) || !Number.isInteger(lifetime) || lifetime < 2)
      return undefined
    return { jsonFile: values.json, duration, lifetime }
  } catch {
    return undefined
  }
}
