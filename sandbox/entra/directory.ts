import { formatPermission, type Permission } from '../../src/domain/permission.ts'
import { createDelayed, type Delayed } from './delayed.ts'

/** A customer's directory, and which applications are in it with which roles. */
export interface Directory {
  readonly id: string
  readonly displayName: string
  readonly domains: readonly string[]
  /** Unix time in milliseconds. */
  readonly createdAt: number
  readonly consents: Map<string, Delayed<readonly Permission[]>>
  /** Who opens the consent page; a GUID stands for the administrator of that other directory. */
  readonly visitor: string
  /** What the page's visitors are sent back with at once; null: they see it. */
  readonly consentError: ConsentError | null
}

export interface ConsentError {
  readonly error: string
  readonly error_subcode?: string
  readonly error_description?: string
}

export interface DirectoryChange {
  readonly displayName?: string
  readonly domains?: readonly string[]
  readonly visitor?: string
  readonly consentError?: ConsentError | null
}

/** All directories. Their ids, their domains and the client ids in them are case-insensitive. */
export interface Directories {
  /** By its GUID or one of its domains. */
  find(name: string): Directory | undefined
  put(id: string, change?: DirectoryChange): Directory
  /** Puts the application into the directory with exactly these roles; makes the directory where it is new. */
  consent(directoryId: string, clientId: string, roles: readonly Permission[]): void
  /** Adds the roles to those granted before, as an administrator's Accept does. */
  addConsent(directoryId: string, clientId: string, roles: readonly Permission[]): void
  /** Takes the application out of the directory, at once. */
  withdraw(directoryId: string, clientId: string): void
}

/** `delay` is how many milliseconds a consent takes until it is seen. */
export function createDirectories(now: () => number, delay: () => number): Directories {
  const directories = new Map<string, Directory>()

  function put(id: string, change: DirectoryChange = {}): Directory {
    const key = id.toLowerCase()
    const previous = directories.get(key)
    const directory: Directory = {
      id: key,
      displayName: change.displayName ?? previous?.displayName ?? key,
      domains: change.domains?.map((domain) => domain.toLowerCase()) ?? previous?.domains ?? [],
      createdAt: previous?.createdAt ?? now(),
      consents: previous?.consents ?? new Map(),
      visitor: change.visitor ?? previous?.visitor ?? 'administrator',
      consentError:
        change.consentError === undefined ? (previous?.consentError ?? null) : change.consentError,
    }
    directories.set(key, directory)
    return directory
  }

  function consent(directoryId: string, clientId: string, change: Replace): void {
    const { consents } = directories.get(directoryId.toLowerCase()) ?? put(directoryId)
    const key = clientId.toLowerCase()
    const consented = consents.get(key) ?? createDelayed<readonly Permission[]>()
    consented.set(change(consented.latest() ?? []), now() + delay())
    consents.set(key, consented)
  }

  return {
    find: (name) => find(directories, name.toLowerCase()),
    put,
    consent: (directoryId, clientId, roles) => consent(directoryId, clientId, () => union([], roles)),
    addConsent: (directoryId, clientId, roles) =>
      consent(directoryId, clientId, (before) => union(before, roles)),
    withdraw(directoryId, clientId) {
      directories.get(directoryId.toLowerCase())?.consents.delete(clientId.toLowerCase())
    },
  }
}

/** The roles that are in force; undefined where the application is not in the directory, or not seen there yet. */
export function rolesOf(
  directory: Directory,
  clientId: string,
  now: number,
): readonly Permission[] | undefined {
  return directory.consents.get(clientId.toLowerCase())?.at(now)
}

function find(directories: ReadonlyMap<string, Directory>, name: string): Directory | undefined {
  return directories.get(name) ?? [...directories.values()].find(({ domains }) => domains.includes(name))
}

type Replace = (before: readonly Permission[]) => readonly Permission[]

function union(before: readonly Permission[], added: readonly Permission[]): readonly Permission[] {
  return [...new Map([...before, ...added].map((role) => [formatPermission(role), role])).values()]
}
