import type { Answer } from './ask-broker.ts'
import type { Platform } from './platform.ts'
import type { AccessToken } from './token-credential.ts'

/** Milliseconds before its end from which a token is no longer handed out. */
const margin = 30_000

export interface HeldToken {
  readonly access: AccessToken
  readonly resource: string
  /** Monotonic milliseconds. */
  readonly usableUntil: number
  /** Monotonic milliseconds: from then on a newer one is looked for, while this one is handed out. */
  readonly refreshAt: number
}

export function holdToken({ response, sentAt }: Answer, platform: Platform): HeldToken {
  const life = Math.max(0, response.expires_in * 1000)
  // The broker hands out tokens that live 60 s more, or less where all of them are short: half of it is used.
  const usable = Math.max(life - margin, life / 2)
  // A tenth earlier at random, so that services that started together do not ask together.
  const refresh = (life / 2) * (1 - platform.random() / 10)
  // SDKs compare with the wall clock of this machine, whatever the broker's says.
  const sent = platform.now() - (platform.monotonic() - sentAt)
  return {
    access: {
      token: response.access_token,
      expiresOnTimestamp: Math.floor(sent + life),
      refreshAfterTimestamp: Math.floor(sent + refresh),
      tokenType: 'Bearer',
    },
    resource: response.resource,
    usableUntil: sentAt + usable,
    refreshAt: sentAt + refresh,
  }
}
