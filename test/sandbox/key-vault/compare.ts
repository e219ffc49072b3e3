import { isMembers } from './recording.ts'

/** Times that the service sets; their differences are asserted where they mean something. */
const times = new Set(['created', 'updated', 'deletedDate', 'scheduledPurgeDate'])

/** The host of every URL, and the version at the end of an id, are replaced by what they are. */
function withoutServiceMade(name: string, value: unknown): unknown {
  if (times.has(name) && typeof value === 'number') return 'seconds'
  if (typeof value !== 'string') return value
  const url = value.replaceAll(/https:\/\/[^/:?]+/g, 'https://HOST')
  return url.replace(/\/[0-9a-f]{32}$/, '/VERSION')
}

/**
 * Where two bodies differ: each line is a path, what was recorded and what came. Member names and JSON types
 * must be the same throughout; values too, unless a service makes them up.
 */
export function differences(recorded: unknown, actual: unknown, path = ''): string[] {
  if (Array.isArray(recorded) && Array.isArray(actual) && recorded.length === actual.length) {
    return recorded.flatMap((item, index) => differences(item, actual[index], `${path}/${index}`))
  }
  if (isMembers(recorded) && isMembers(actual)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(actual)])
    return [...names].flatMap((name) => differences(recorded[name], actual[name], `${path}/${name}`))
  }
  const name = path.slice(path.lastIndexOf('/') + 1)
  const expected = withoutServiceMade(name, recorded)
  const got = withoutServiceMade(name, actual)
  if (expected === got) return []
  if (isBlob(expected) && isBlob(got)) return []
  return [`${path}: ${JSON.stringify(expected)} but ${JSON.stringify(got)}`]
}

/** The start that all backups of secrets share, base64url of `)AzureKeyVaultSecretBackupV1.microsoft.com`. */
function isBlob(value: unknown): boolean {
  return (
    typeof value === 'string' && value.startsWith('KUF6dXJlS2V5VmF1bHRTZWNyZXRCYWNrdXBWMS5taWNyb3NvZnQuY29t')
  )
}
