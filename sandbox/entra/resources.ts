import { fail, ok, type Result } from '../../src/domain/result.ts'
import { isGuid } from './identifiers.ts'
import {
  missingField,
  scopeOfTwoResources,
  scopeWithoutDefault,
  unknownResource,
  unusableScope,
} from './refusals.ts'
import type { Refusal } from './replies.ts'

export type ResourceName = 'graph' | 'outlook' | 'key_vault'

/** By what names each resource is asked for, in all clouds: its application id and its application ID URIs. */
const identifiers: Readonly<Record<ResourceName, readonly string[]>> = {
  graph: [
    '00000003-0000-0000-c000-000000000000',
    'https://graph.microsoft.com',
    'https://graph.microsoft.us',
    'https://dod-graph.microsoft.us',
    'https://microsoftgraph.chinacloudapi.cn',
  ],
  outlook: [
    '00000002-0000-0ff1-ce00-000000000000',
    'https://outlook.office365.com',
    'https://outlook.office.com',
    'https://outlook.office365.us',
    'https://outlook-dod.office365.us',
    'https://partner.outlook.cn',
  ],
  key_vault: [
    'cfa8b339-82a2-471a-a3c9-0fc0be7a4093',
    'https://vault.azure.net',
    'https://vault.usgovcloudapi.net',
    'https://vault.azure.cn',
  ],
}

/** What a resource takes as `aud`. A token's audience is written just as the scope was, slash included. */
export function audiencesOf(resource: ResourceName): readonly string[] {
  return identifiers[resource].flatMap((name) => (isGuid(name) ? [name] : [name, `${name}/`]))
}

export interface ScopeTarget {
  readonly resource: ResourceName
  readonly audience: string
}

/** The one resource of a client-credentials scope. */
export function readScope(scope: string, directoryName: string): Result<ScopeTarget, Refusal> {
  const values = scope.split(' ').filter((value) => value !== '')
  if (values.length === 0) return fail(missingField('scope'))
  const suffix = '/.default'
  if (values.some((value) => !value.endsWith(suffix))) return fail(scopeWithoutDefault(scope))
  const [audience = '', ...others] = new Set(values.map((value) => value.slice(0, -suffix.length)))
  if (others.length > 0) return fail(scopeOfTwoResources(scope))
  if (!isGuid(audience) && !URL.canParse(audience)) return fail(unusableScope(scope))
  for (const resource of ['graph', 'outlook', 'key_vault'] as const) {
    if (audiencesOf(resource).includes(audience.toLowerCase())) return ok({ resource, audience })
  }
  return fail(unknownResource(audience, directoryName))
}
