/** Slugs of the same length, so that all requests and replies have one size. */
export function tenantId(index: number): string {
  return `tenant-${String(index).padStart(6, '0')}`
}

export function requestBody(tenant: number): string {
  return `{"tenant":"${tenantId(tenant)}","scopes":["Mail.ReadOnly","Calendar.ReadWrite"]}`
}

export function requestHead(key: string): string {
  return [
    'POST /tokens HTTP/1.1',
    'host: 127.0.0.1',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${requestBody(0).length}`,
    '\r\n',
  ].join('\r\n')
}
