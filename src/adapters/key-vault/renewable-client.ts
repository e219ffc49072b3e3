import { statusOf } from './failures.ts'

/** Does something with a client that may be used. Calls may come together. */
export type UseClient<Client> = <T>(work: (client: Client) => Promise<T>) => Promise<T>

/**
 * A client that the first call opens and the others share. One whose bearer token was refused is replaced, once a
 * call: the SDK would send that token again until it expires. `open` is told whether it replaces such a one.
 */
export function createRenewableClient<Client>(
  open: (refused: boolean) => Promise<Client>,
): UseClient<Client> {
  let opened: Promise<Client> | undefined

  /** Only its own entry: another call may have replaced it already. */
  function drop(opening: Promise<Client>): void {
    if (opened === opening) opened = undefined
  }

  function get(refused: boolean): Promise<Client> {
    const opening = opened ?? open(refused)
    opened = opening
    opening.catch(() => drop(opening))
    return opening
  }

  return async (work) => {
    const opening = get(false)
    try {
      return await work(await opening)
    } catch (error) {
      if (statusOf(error) !== 401) throw error
      drop(opening)
      return work(await get(true))
    }
  }
}
