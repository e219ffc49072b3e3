import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { countDescriptors, readResident } from './process-state.ts'

/** What a process occupied at some time. */
export interface Sample {
  /** Milliseconds since the first one. */
  readonly at: number
  /** Bytes. */
  readonly resident: number
  /** Open files and sockets. */
  readonly descriptors: number
}

/** Looks at a process again and again for `duration` milliseconds, and does `between` after each look. */
export async function watchProcess(
  pid: number | undefined,
  { duration, interval }: { readonly duration: number; readonly interval: number },
  between: (sample: Sample) => Promise<void>,
): Promise<Sample[]> {
  const begin = performance.now()
  const samples: Sample[] = []
  for (let due = begin; due <= begin + duration; due += interval) {
    await delay(Math.max(0, due - performance.now()))
    const sample = look(pid, performance.now() - begin)
    samples.push(sample)
    await between(sample)
  }
  return samples
}

function look(pid: number | undefined, at: number): Sample {
  const resident = readResident(pid)
  const descriptors = countDescriptors(pid)
  if (resident !== undefined && descriptors !== undefined) return { at, resident, descriptors }
  throw new Error('The broker ended, or this system has no /proc as Linux has it.')
}

/** Bytes a minute that a process grows by: the slope of the straight line with the least squares. */
export function growthPerMinute(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanAt = mean(samples.map(({ at }) => at))
  const meanResident = mean(samples.map(({ resident }) => resident))
  const covariance = mean(samples.map(({ at, resident }) => (at - meanAt) * (resident - meanResident)))
  const variance = mean(samples.map(({ at }) => (at - meanAt) ** 2))
  return (covariance / variance) * 60_000
}
