export interface RedisNode {
  readonly host: string
  readonly port: number
}

export interface RedisAccount {
  readonly username?: string
  readonly password?: string
}

/** Where Redis is, and how one signs in. */
export type RedisServers = RedisAccount & {
  readonly nodes: readonly RedisNode[]
  readonly tls: boolean
  /** Trusted in the place of the system's authorities; PEM. */
  readonly ca?: string
} & (
    | { readonly kind: 'standalone'; readonly database: number }
    | { readonly kind: 'cluster' }
    | {
        readonly kind: 'sentinel'
        readonly database: number
        /** What the sentinels call the servers that they watch. */
        readonly service: string
        /** How one signs in to the sentinels themselves. */
        readonly sentinelAccount: RedisAccount
      }
  )
