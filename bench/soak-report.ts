import { type Row, round } from './rows.ts'
import type { Soaked } from './soak-messages.ts'
import { growthPerMinute, type Sample } from './soak-samples.ts'

/** Bytes. */
const megabyte = 1e6
/** Milliseconds. */
const minute = 60_000

/** Bytes a minute; less than this is the noise of a heap. */
const mostGrowth = 1 * megabyte
/** What is watched for less says nothing of growth: garbage comes and goes, and idle connections stay for 70 s. */
const shortestForGrowth = 5 * minute
/**
 * By how many descriptors a process may hold more at the end than it did at first. The fewest of some minutes are
 * compared, since connections to Entra come and go with the renewals that coincide, and are kept for 70 s. One that is
 * used again just in time, and one connection of a client that is closed and opened anew, are no leak.
 */
const mostMoreDescriptors = 2

export interface Soak extends Soaked {
  readonly entraRequests: number
  readonly samples: readonly Sample[]
  /** Milliseconds in which the broker's process may grow to its size. */
  readonly warmUp: number
}

export function describeSoak(soak: Soak): Row[] {
  const settled = samplesAfterWarmUp(soak)
  const descriptors = settled.map((sample) => sample.descriptors)
  const megabytes = (sample: Sample | undefined) => (sample?.resident ?? Number.NaN) / megabyte
  const row = (name: string, unit: string, value: number): Row => ({
    name: `soak.${name}`,
    value: unit === 'count' ? value : round(value),
    unit,
  })
  return [
    row('requests', 'count', soak.requests),
    row('failed', 'count', countFailures(soak)),
    row('rate', '1/s', soak.requestsPerSecond),
    row('p50', 'ms', soak.p50),
    row('p99', 'ms', soak.p99),
    row('mints', 'count', soak.entraRequests),
    row('rss_start_mb', 'MB', megabytes(soak.samples.at(0))),
    row('rss_end_mb', 'MB', megabytes(soak.samples.at(-1))),
    row('rss_growth_mb_per_minute', 'MB', growthPerMinute(settled) / megabyte),
    row('descriptors_min', 'count', Math.min(...descriptors)),
    row('descriptors_max', 'count', Math.max(...descriptors)),
  ]
}

/** What is worse than it may be, in sentences. */
export function findFaults(soak: Soak): string[] {
  const failed = countFailures(soak)
  const reasons = Object.entries(soak.failures).map(([reason, count]) => `${count} × ${reason}`)
  const settled = samplesAfterWarmUp(soak)
  const watched = (settled.at(-1)?.at ?? 0) - soak.warmUp
  return [
    ...(failed > 0 ? [`${failed} requests failed: ${reasons.join('; ')}.`] : []),
    ...(watched < shortestForGrowth ? [] : findGrowth(settled)),
  ]
}

function findGrowth(settled: readonly Sample[]): string[] {
  const growth = growthPerMinute(settled)
  const more = descriptorsMore(settled)
  return [
    ...(growth >= mostGrowth ? [`It grew by ${round(growth / megabyte)} MB a minute; 1 is too many.`] : []),
    ...(more > mostMoreDescriptors
      ? [`It holds ${more} descriptors more than at first; ${mostMoreDescriptors} can be explained.`]
      : []),
  ]
}

/** The fewest of the last third, less the fewest of the first. */
function descriptorsMore(samples: readonly Sample[]): number {
  const third = Math.ceil(samples.length / 3)
  const fewest = (part: readonly Sample[]) => Math.min(...part.map(({ descriptors }) => descriptors))
  return fewest(samples.slice(-third)) - fewest(samples.slice(0, third))
}

function samplesAfterWarmUp({ samples, warmUp }: Soak): Sample[] {
  return samples.filter(({ at }) => at >= warmUp)
}

function countFailures({ failures }: Soak): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0)
}
