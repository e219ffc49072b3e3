import { isGuid } from './identifier.ts'
import type { Resource } from './permission.ts'

export const cloudNames = ['global', 'usgov', 'dod', 'china'] as const
export type CloudName = (typeof cloudNames)[number]

/** Where one Microsoft cloud is reached. Tokens of one cloud are not accepted by another. */
export interface Cloud {
  /** Origin of the token endpoints. The assertion's audience and the URL it is posted to both come from it. */
  readonly authority: string
  /** Application ID URI of each resource; the scope that is asked for is `{uri}/.default`. */
  readonly resources: Readonly<Record<Resource, string>>
}

export type Clouds = Readonly<Record<CloudName, Cloud>>

/**
 * Microsoft's four clouds (Microsoft Graph documentation, "National cloud deployments"). The Outlook audiences
 * of the national clouds are those that Microsoft's own tools use; no page of Microsoft lists them.
 */
export const microsoftClouds: Clouds = Object.freeze({
  global: {
    authority: 'https://login.microsoftonline.com',
    resources: { graph: 'https://graph.microsoft.com', outlook: 'https://outlook.office365.com' },
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    resources: { graph: 'https://graph.microsoft.us', outlook: 'https://outlook.office365.us' },
  },
  dod: {
    authority: 'https://login.microsoftonline.us',
    resources: { graph: 'https://dod-graph.microsoft.us', outlook: 'https://outlook-dod.office365.us' },
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    resources: { graph: 'https://microsoftgraph.chinacloudapi.cn', outlook: 'https://partner.outlook.cn' },
  },
})

/**
 * The v2 token endpoint of a directory. Throws where its id is no GUID, for anything else could leave the path, and a
 * database can be written by others than the broker.
 */
export function tokenEndpoint(cloud: Cloud, directoryId: string): string {
  if (!isGuid(directoryId)) throw new Error('a directory id that is no GUID is not asked for')
  return `${cloud.authority}/${directoryId}/oauth2/v2.0/token`
}
