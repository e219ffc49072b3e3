import { randomBytes } from 'node:crypto'
import type { KeyContent } from './key-material.ts'
import { type Delays, ObjectStore } from './object-store.ts'

export type SecretContent = {
  readonly value: string
  readonly contentType: string | undefined
  /** Set on the secret that a Key Vault certificate keeps its private key in. */
  readonly managed?: boolean
}

export type Vault = {
  readonly secrets: ObjectStore<SecretContent>
  readonly keys: ObjectStore<KeyContent>
  /** Changed in place: the next deletion or recovery takes the new value. */
  readonly delays: Delays
  readonly recoverableDays: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (size: number) => Uint8Array
  /** Seals this vault's backups, so that no other vault restores them. */
  readonly backupKey: Uint8Array
}

export type VaultOptions = {
  /** Milliseconds since 1970. */
  now: () => number
  random?: (size: number) => Uint8Array
  /** Days that a deleted object can be recovered; Key Vault takes 7 to 90. */
  recoverableDays?: number
}

export function createVault(options: VaultOptions): Vault {
  const { now, random = randomBytes, recoverableDays = 90 } = options
  const delays: Delays = { delete: 50, recover: 0 }
  const newVersionId = () => Buffer.from(random(16)).toString('hex')
  const shared = { now, newVersionId, delays, recoverableDays }
  return {
    secrets: new ObjectStore<SecretContent>({ ...shared, noun: 'Secret' }),
    keys: new ObjectStore<KeyContent>({ ...shared, noun: 'Key' }),
    delays,
    recoverableDays,
    now,
    random,
    backupKey: random(32),
  }
}
