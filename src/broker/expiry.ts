import type { Application } from '../domain/application.ts'
import type { Credential } from '../domain/credential.ts'

/** Days before the end at which somebody is told; the last one says that it is over. */
export const expiryThresholds = [30, 14, 7, 1, 0] as const

const day = 86_400_000

export interface CredentialExpiry {
  readonly application: Application
  readonly credential: Credential
  /** Days that are left, with their fraction; negative where it has expired. */
  readonly days: number
}

/** What is left of each credential that signs. */
export function credentialExpiries(
  applications: readonly Application[],
  now: number,
): readonly CredentialExpiry[] {
  return applications.flatMap((application) =>
    application.credentials
      .filter(({ state }) => state === 'active')
      .map((credential) => ({
        application,
        credential,
        days: (Date.parse(credential.expiresAt) - now) / day,
      })),
  )
}

/** The lowest threshold that was reached; undefined while there is more time than the first. */
export function thresholdOf({ days }: Pick<CredentialExpiry, 'days'>): number | undefined {
  return expiryThresholds.findLast((threshold) => days <= threshold)
}

/** How many credentials passed which threshold, in words that name none: for a page that anybody may read. */
export function expiryWarnings(expiries: readonly CredentialExpiry[]): readonly string[] {
  const counts = Map.groupBy(expiries, thresholdOf)
  return expiryThresholds.flatMap((threshold) => {
    const count = counts.get(threshold)?.length ?? 0
    if (count === 0) return []
    if (threshold === 0)
      return [count === 1 ? '1 credential has expired' : `${count} credentials have expired`]
    const within = threshold === 1 ? 'a day' : `${threshold} days`
    return [
      count === 1 ? `1 credential expires within ${within}` : `${count} credentials expire within ${within}`,
    ]
  })
}
