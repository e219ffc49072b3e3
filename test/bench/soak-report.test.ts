import t from 'tap'
import { findFaults, type Soak } from '../../bench/soak-report.ts'
import type { Sample } from '../../bench/soak-samples.ts'

/** Milliseconds. */
const minute = 60_000

/** A soak of so many minutes without a fault, looked at every 5 s; `shape` changes what was seen. */
function soakOf(minutes: number, shape: (minutes: number) => Partial<Sample> = () => ({})): Soak {
  const samples = Array.from({ length: minutes * 12 + 1 }, (_, index): Sample => {
    const at = index * 5_000
    return { at, resident: 180e6, descriptors: 64, ...shape(at / minute) }
  })
  const load = { requests: 1_000, failures: {}, requestsPerSecond: 200, p50: 1, p99: 5 }
  return { ...load, entraRequests: 100, samples, warmUp: (minutes * minute) / 4 }
}

t.test('a process that stays as it is has no fault, however it grew in the warm-up', async (t) => {
  t.strictSame(findFaults(soakOf(12)), [])
  const growing = soakOf(12, (minutes) => ({ resident: 180e6 + Math.min(3, minutes) * 20e6 }))
  t.strictSame(findFaults(growing), [])
})

t.test('a megabyte a minute after the warm-up is too many', async (t) => {
  t.strictSame(findFaults(soakOf(12, (minutes) => ({ resident: 180e6 + minutes * 0.9e6 }))), [])
  t.match(findFaults(soakOf(12, (minutes) => ({ resident: 180e6 + minutes * 1.1e6 }))), [
    /^It grew by 1\.1 MB/,
  ])
})

t.test('connections that come and go are no leak, one more each minute is', async (t) => {
  const coming = (minutes: number) => ({ descriptors: minutes > 10 && minutes < 11.2 ? 72 : 64 })
  t.strictSame(findFaults(soakOf(12, coming)), [])
  const leaking = (minutes: number) => ({ descriptors: 64 + Math.floor(minutes) })
  t.match(findFaults(soakOf(12, leaking)), [/^It holds 6 descriptors more/])
})

t.test('a short run is judged by its failures alone', async (t) => {
  const grown = soakOf(1, (minutes) => ({ resident: 180e6 + minutes * 50e6 }))
  t.strictSame(findFaults(grown), [])
  t.strictSame(findFaults({ ...grown, failures: { 'status 503, overloaded': 2, 'no token': 1 } }), [
    '3 requests failed: 2 × status 503, overloaded; 1 × no token.',
  ])
})
