import { fail, ok, type Result } from '../../src/domain/result.ts'
import { type Application, type ApplicationChange, changeApplication } from './application.ts'
import { createDirectories, type Directories, type Directory } from './directory.ts'
import { isDomain, isGuid } from './identifiers.ts'
import { malformedDirectory, noDirectory, unknownDirectory } from './refusals.ts'
import type { Refusal } from './replies.ts'
import { defaultSettings, type Settings, type SettingsChange } from './settings.ts'

/** All that the local Entra knows. */
export interface EntraState {
  readonly directories: Directories
  settings(): Settings
  changeSettings(change: SettingsChange): Settings
  application(clientId: string): Application | undefined
  putApplication(clientId: string, change: ApplicationChange): Result<Application, 'invalid_certificate'>
}

export function createEntraState(now: () => number): EntraState {
  let settings = defaultSettings
  const applications = new Map<string, Application>()
  return {
    directories: createDirectories(now, () => settings.consent_delay_ms),
    settings: () => settings,
    changeSettings(change) {
      settings = { ...settings, ...change }
      return settings
    },
    application: (clientId) => applications.get(clientId.toLowerCase()),
    putApplication(clientId, change) {
      const key = clientId.toLowerCase()
      const visibleAt = now() + settings.key_upload_delay_ms
      const changed = changeApplication(key, applications.get(key), change, visibleAt)
      if (changed.ok) applications.set(key, changed.value)
      return changed
    },
  }
}

const multiDirectoryNames = ['common', 'organizations', 'consumers']

/** The directory that a path names, by GUID or domain. */
export function resolveDirectory(state: EntraState, name: string): Result<Directory, Refusal> {
  if (multiDirectoryNames.includes(name.toLowerCase())) return fail(noDirectory())
  if (!isGuid(name) && !isDomain(name)) return fail(malformedDirectory(name))
  const directory = state.directories.find(name)
  return directory === undefined ? fail(unknownDirectory(name)) : ok(directory)
}
