export interface Delayed<T> {
  set(value: T, visibleAt: number): void
  /** The value that was set last, visible or not. */
  latest(): T | undefined
  /** What is visible at this moment: the one before, as long as the last one has not spread yet. */
  at(now: number): T | undefined
}

/** A value that takes its time to be seen, as consents and uploaded keys do in Entra. Moments in milliseconds. */
export function createDelayed<T>(): Delayed<T> {
  let entries: readonly { readonly value: T; readonly visibleAt: number }[] = []
  return {
    set(value, visibleAt) {
      entries = [...entries, { value, visibleAt }]
    },
    latest: () => entries.at(-1)?.value,
    at(now) {
      const visible = entries.findLastIndex((entry) => entry.visibleAt <= now)
      if (visible > 0) entries = entries.slice(visible)
      return visible < 0 ? undefined : entries[0]?.value
    },
  }
}
