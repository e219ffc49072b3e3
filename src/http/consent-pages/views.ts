import type { Permission } from '../../domain/permission.ts'

/** What an administrator sees who follows a consent link. */
export interface LandingView {
  readonly applicationName: string
  readonly clientId: string
  readonly supportUrl?: string
  readonly directoryName?: string
  readonly directoryId: string
  readonly permissions: readonly Permission[]
  /** Where the button posts to. */
  readonly action: string
}

export type ConsentOutcome =
  | {
      readonly kind: 'checking'
      /** Where the page goes by itself after so many seconds. */
      readonly next: string
      readonly seconds: number
    }
  | {
      readonly kind:
        | 'ready'
        | 'cancelled'
        | 'wrong_directory'
        | 'not_administrator'
        | 'link_invalid'
        | 'already_used'
        | 'other_browser'
        | 'microsoft_unavailable'
        | 'microsoft_refused'
        | 'not_verified'
        | 'too_many'
        | 'unavailable'
    }
  | { readonly kind: 'permissions_missing'; readonly permissions: readonly Permission[] }

/** What became of it. */
export interface OutcomeView {
  readonly outcome: ConsentOutcome
  /** Absent where the link does not say which application it is for. */
  readonly applicationName?: string
  readonly supportUrl?: string
  readonly returnUrl?: string
  /** Where the request begins anew. */
  readonly retry?: string
  /** Finds the line in the service's log. */
  readonly reference: string
  /** Entra's correlation id, for Microsoft's support. */
  readonly microsoftReference?: string
}
