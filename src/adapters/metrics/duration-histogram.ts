interface Series {
  /** How many fell at or below each bound and above the one before; the last are above all. */
  readonly counts: number[]
  /** Seconds. */
  sum: number
  count: number
}

export interface DurationHistogramOptions {
  readonly name: string
  readonly help: string
  readonly label: string
  /** Upper bounds in seconds, rising. */
  readonly bounds: readonly number[]
}

/**
 * A histogram with one label whose values are words of the broker's own. It is kept in plain arrays, because the
 * metrics library's own would be the dearest part of a token request from the cache.
 */
export interface DurationHistogram {
  observe(labelValue: string, seconds: number): void
  /** In Prometheus' text format 0.0.4. */
  render(): string
}

export function createDurationHistogram({
  name,
  help,
  label,
  bounds,
}: DurationHistogramOptions): DurationHistogram {
  const all = new Map<string, Series>()

  function open(labelValue: string): Series {
    const series = { counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0, count: 0 }
    all.set(labelValue, series)
    return series
  }

  function* lines(): Iterable<string> {
    yield `# HELP ${name} ${help}`
    yield `# TYPE ${name} histogram`
    for (const [labelValue, { counts, sum, count }] of all) {
      const labels = `${label}="${labelValue}"`
      let below = 0
      for (const [index, bound] of bounds.entries()) {
        below += counts[index] ?? 0
        yield `${name}_bucket{le="${bound}",${labels}} ${below}`
      }
      yield `${name}_bucket{le="+Inf",${labels}} ${count}`
      yield `${name}_sum{${labels}} ${sum}`
      yield `${name}_count{${labels}} ${count}`
    }
  }

  return {
    observe(labelValue, seconds) {
      const series = all.get(labelValue) ?? open(labelValue)
      let bucket = 0
      // Few bounds, and most durations are below the first ones.
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket += 1
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.sum += seconds
      series.count += 1
    },
    render: () => `${[...lines()].join('\n')}\n`,
  }
}
