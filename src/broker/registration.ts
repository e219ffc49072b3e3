import { findPermission } from '../catalogue/catalogue.ts'
import type { Failure, InputFault } from '../domain/failure.ts'
import { slugFault } from '../domain/identifier.ts'
import type { Permission } from '../domain/permission.ts'
import { fail, ok, type Result } from '../domain/result.ts'
import type { Actor, Clock, Random } from './ports.ts'
import type { Registry } from './registry.ts'

/** What every use case that changes the registry works with. */
export interface Registration {
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  /** Whose JWTs say who calls here: an operator who has nothing else can sign in while they are trusted. */
  readonly trustedIssuers: ReadonlySet<string>
}

export type { Actor }

export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

/** Collects everything that is wrong with an input, so that a person mends it in one go. */
export class Faults {
  readonly #faults: InputFault[] = []

  add(pointer: string, detail: string): void {
    this.#faults.push({ pointer, detail })
  }

  id(id: string): void {
    const fault = slugFault(id)
    if (fault !== undefined) this.add('/id', fault)
  }

  /** The canonical permissions that the names stand for, sorted and without duplicates. */
  permissions(pointer: string, names: readonly string[]): Permission[] {
    const found = new Map<string, Permission>()
    for (const [index, name] of names.entries()) {
      const permission = findPermission(name)
      if (permission === undefined) {
        this.add(
          `${pointer}/${index}`,
          'No application permission of this name exists; GET /scopes lists what can be asked for.',
        )
        continue
      }
      const { resource, value } = permission
      found.set(`${resource} ${value}`, { resource, value })
    }
    return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, permission]) => permission)
  }

  failure(): Failure {
    return { code: 'invalid_request', faults: this.#faults }
  }

  result(): Result<void, Failure> {
    return this.#faults.length === 0 ? ok(undefined) : fail(this.failure())
  }
}
