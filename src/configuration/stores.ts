import type { Config } from '../config.ts'
import type { Variables } from './variables.ts'

const vaultHosts = ['.vault.azure.net', '.vault.usgovcloudapi.net', '.vault.azure.cn']

/** One machine keeps its registry in a file, several replicas share a server. Both at once would be a mistake. */
export function readDatabase(variables: Variables): Config['database'] | undefined {
  const path = variables.read('SQLITE_PATH', (text) => text, 'a path')
  const url = variables.read('DATABASE_URL', readPostgresUrl, 'like postgres://user:password@host:5432/name')
  if (path !== undefined && url !== undefined) {
    variables.fault('SQLITE_PATH and DATABASE_URL exclude each other: the registry is in one place.')
    return undefined
  }
  if (path !== undefined) return { kind: 'sqlite', path }
  if (url !== undefined) return { kind: 'postgres', url }
  if (!variables.has('DATABASE_URL')) {
    variables.fault('SQLITE_PATH is missing: set it to a path, or DATABASE_URL for a registry in PostgreSQL.')
  }
  return undefined
}

function readPostgresUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  return /^postgres(ql)?:$/.test(new URL(text).protocol) ? text : undefined
}

/** Private keys go there, so only Microsoft's own vaults will do. */
export function readVaultUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, hostname, username } = new URL(text)
  const isVault = vaultHosts.some((suffix) => hostname.endsWith(suffix))
  return protocol === 'https:' && username === '' && isVault ? origin : undefined
}
