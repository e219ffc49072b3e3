/** One measured figure. `ratio` is it over the same figure of `against`. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against?: string
  readonly ratio?: number
}

/** Rounds of one figure. Compared round by round, so that what slows the machine for a while slows both alike. */
export function compare(
  name: string,
  unit: string,
  values: readonly number[],
  peer?: { readonly name: string; readonly values: readonly number[] },
): Row {
  const row = { name, value: round(median(values)), unit }
  if (peer === undefined) return row
  const ratios = values.map((value, index) => value / (peer.values[index] ?? Number.NaN))
  return { ...row, against: peer.name, ratio: round(median(ratios)) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new Error('nothing was measured')
  return (low + high) / 2
}

export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Of the requests of so many milliseconds, by how many milliseconds each took. */
export function summarise(latencies: readonly number[], duration: number) {
  const sorted = Float64Array.from(latencies).sort()
  const requestsPerSecond = (sorted.length / duration) * 1000
  return { requestsPerSecond, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** Four significant digits: the noise is larger than the rest. */
export function round(value: number): number {
  return Number(value.toPrecision(4))
}

export function formatTable(rows: readonly Row[]): string {
  const widest = Math.max(...rows.map(({ name }) => name.length))
  return rows
    .map(({ name, value, unit, against, ratio }) => {
      const compared = against === undefined ? '' : `  ${ratio?.toFixed(2)} of ${against}`
      return `${name.padEnd(widest)}  ${value.toLocaleString('en').padStart(10)} ${unit.padEnd(5)}${compared}`
    })
    .join('\n')
}
