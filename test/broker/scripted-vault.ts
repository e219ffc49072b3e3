import type {
  CredentialVault,
  NewVaultSecret,
  VaultReference,
  VaultSecret,
} from '../../src/broker/credential-ports.ts'
import type { MintFailure } from '../../src/domain/failure.ts'
import { fail, ok } from '../../src/domain/result.ts'
import { refusal } from './bundles.ts'
import { sha256 } from './fixture.ts'

type Operation = 'store' | 'read' | 'findKey' | 'remove' | 'list'

export interface ScriptedVault extends CredentialVault {
  /** What the broker had stored, in order. */
  readonly stored: NewVaultSecret[]
  /** Every call: the operation and the name. */
  readonly calls: string[]
  names(): string[]
  /** Puts a new version there as somebody else does, and makes it the latest. */
  put(name: string, version: string, value: string, contentType?: string): void
  disable(name: string, version: string): void
  /** Puts a key there that belongs to the certificate of this thumbprint (SHA-256). */
  putKey(name: string, version: string, thumbprintSha256: string): void
  /** Fails these operations from now on; undefined mends them. */
  refuse(failure: MintFailure | undefined, ...operations: Operation[]): void
}

interface Version extends VaultSecret {
  enabled: boolean
}

interface Secret {
  readonly name: string
  readonly createdAt: string
  readonly tags: Readonly<Record<string, string>>
  readonly versions: Version[]
}

const at = '2026-11-20T12:00:00.000Z'

/** A Key Vault in memory: it finds names in whatever case they are written. */
export function scriptedVault(): ScriptedVault {
  const secrets = new Map<string, Secret>()
  const keys = new Map<string, VaultReference & { readonly thumbprintSha256: string }>()
  const refusals = new Map<Operation, MintFailure>()
  const stored: NewVaultSecret[] = []
  const calls: string[] = []

  function ask(operation: Operation, name = '') {
    calls.push(`${operation} ${name}`.trim())
    const failure = refusals.get(operation)
    return failure === undefined ? ok(undefined) : fail(failure)
  }

  function add(version: Version, tags: Readonly<Record<string, string>>): void {
    const { name } = version
    const secret = secrets.get(name.toLowerCase()) ?? { name, createdAt: at, tags, versions: [] }
    secret.versions.push(version)
    secrets.set(name.toLowerCase(), secret)
  }

  return {
    stored,
    calls,
    names: () => [...secrets.values()].map(({ name }) => name),
    put: (name, version, value, contentType) => add({ name, version, value, contentType, enabled: true }, {}),
    disable(name, version) {
      const found = secrets.get(name.toLowerCase())?.versions.find((other) => other.version === version)
      if (found !== undefined) found.enabled = false
    },
    putKey: (name, version, thumbprintSha256) => void keys.set(name, { name, version, thumbprintSha256 }),
    refuse(failure, ...operations) {
      for (const operation of operations) {
        if (failure === undefined) refusals.delete(operation)
        else refusals.set(operation, failure)
      }
    },
    async store(secret) {
      const asked = ask('store', secret.name)
      if (!asked.ok) return asked
      const { name, value, contentType, tags } = secret
      const version = sha256(name).slice(0, 32)
      stored.push(secret)
      add({ name, version, value, contentType, enabled: true }, tags)
      return ok({ name, version })
    },
    async read(name, version) {
      const asked = ask('read', name)
      if (!asked.ok) return asked
      const versions = secrets.get(name.toLowerCase())?.versions ?? []
      const found =
        version === undefined ? versions.at(-1) : versions.find((other) => other.version === version)
      return found?.enabled ? ok(found) : fail({ code: 'credential_unreadable', vaultName: name })
    },
    async findKey({ name, version, certificate }) {
      const asked = ask('findKey', name)
      if (!asked.ok) return asked
      const key = keys.get(name)
      if (key === undefined || (version !== undefined && version !== key.version))
        return fail({ code: 'credential_unreadable', vaultName: name })
      if (key.thumbprintSha256 !== certificate.thumbprintSha256) return fail(refusal)
      return ok({ name, version: key.version })
    },
    async remove(name) {
      const asked = ask('remove', name)
      if (!asked.ok) return asked
      secrets.delete(name.toLowerCase())
      return ok(undefined)
    },
    async list() {
      const asked = ask('list')
      if (!asked.ok) return asked
      return ok(
        [...secrets.values()].map(({ name, createdAt, tags, versions }) => ({
          name,
          createdAt,
          tags,
          enabled: versions.at(-1)?.enabled ?? false,
        })),
      )
    },
  }
}
