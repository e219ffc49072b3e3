import type { Clock, SharedTokens } from '../../src/broker/ports.ts'
import type { AccessToken } from '../../src/domain/token.ts'

export interface StoreControl {
  /** From now on nothing of it answers. */
  lose(): void
  readonly wasAway: boolean
}

/** A store of one target in memory; `step` is waited for before each thing that it does. */
export function openStore(clock: Clock, step: (name: string) => Promise<unknown>) {
  let isAway = false
  let token: AccessToken | undefined
  let lock: { readonly until: number } | undefined
  const isLocked = () => lock !== undefined && clock.monotonic() < lock.until

  const shared: SharedTokens = {
    async find() {
      await step('find')
      if (isAway) return undefined
      return { minting: isLocked(), ...(token === undefined ? {} : { token }) }
    },
    async lock(_target, milliseconds) {
      await step('lock')
      if (isAway) return undefined
      if (isLocked()) return 'taken'
      const own = { until: clock.monotonic() + milliseconds }
      lock = own
      return {
        async release() {
          await step('release')
          if (!isAway && lock === own) lock = undefined
        },
      }
    },
    async store(_target, minted) {
      await step('store')
      if (!isAway) token = minted
    },
  }
  const store: StoreControl = {
    lose() {
      isAway = true
    },
    get wasAway() {
      return isAway
    },
  }
  return { store, shared }
}
