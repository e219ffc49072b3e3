import { findPermission } from '../../catalogue/catalogue.ts'
import { formatPermission, type Permission, type Resource } from '../../domain/permission.ts'
import { foreign, type Html, html } from './html.ts'
import { describePermission, type Strings } from './strings.ts'

/** Microsoft's names of the resources, which it does not translate. */
const resourceNames: Readonly<Record<Resource, string>> = {
  graph: 'Microsoft Graph',
  outlook: 'Office 365 Exchange Online',
}

/** Each permission in plain words, with the names under which Microsoft's page lists it. */
export function permissionList(permissions: readonly Permission[], strings: Strings): Html {
  return html`<ul class="permissions">
${permissions.map((permission) => permissionItem(permission, strings))}</ul>`
}

function permissionItem(permission: Permission, strings: Strings): Html {
  const { resource, value } = permission
  return html`<li><strong>${words(permission, strings)}</strong> <span>${resourceNames[resource]}: <code>${foreign(value)}</code></span></li>
`
}

function words(permission: Permission, strings: Strings): Html {
  const plain = describePermission(permission, strings)
  if (plain !== undefined) return html`${plain}`
  const known = findPermission(formatPermission(permission))
  return known === undefined ? foreign(permission.value) : html`<span lang="en">${known.displayName}</span>`
}
