import Type, { type Static } from 'typebox'

/** What the processes that measure acquisitions of tokens tell each other. */
export const StartEndpoint = Type.Object({ kind: Type.Literal('start_endpoint') })
export const Endpoint = Type.Object({ origin: Type.String(), certificatePem: Type.String() })

export interface StartMinter {
  readonly kind: 'start_minter'
  /** Through the broker's own issuer, or with as little as gets a token; the one is not loaded with the other. */
  readonly by: 'issuer' | 'raw'
  readonly endpoint: Static<typeof Endpoint>
  /** The private key and its certificate, as they are in Key Vault. */
  readonly pem: string
  readonly certificate: {
    readonly certificatePem: string
    readonly thumbprintSha1: string
    readonly thumbprintSha256: string
    readonly notBefore: string
    readonly expiresAt: string
  }
}

export interface Do {
  readonly kind: 'do'
  /** `sign`: one signature alone, where tokens are got with as little as that takes. */
  readonly work: 'mint' | 'raw' | 'sign'
  readonly times: number
}
/** Microseconds of CPU each time, of all threads. */
export const Spent = Type.Object({ cpu: Type.Number() })

/** Has a process import what the broker's issuer is built on, and nothing of the broker. */
export interface LoadMsal {
  readonly kind: 'load_msal'
}
export const Done = Type.Object({})

export interface Weigh {
  readonly kind: 'weigh'
}
/** Bytes: of the process, and of its heap after a full garbage collection. */
export const Weight = Type.Object({ resident: Type.Number(), held: Type.Number() })
export type Weight = Static<typeof Weight>

export type MinterMessage = StartMinter | Do | LoadMsal | Weigh
