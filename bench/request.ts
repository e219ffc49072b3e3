/** Slugs of the same length, so that all requests and replies have one size. */
export function tenantId(index: number): string {
  return `tenant-${String(index).padStart(6, '0')}`
}

export function requestBody(tenant: number): string {
  return `{"tenant":"${tenantId(tenant)}","scopes":["Mail.ReadOnly","Calendar.ReadWrite"]}`
}

export function tenantGuid(index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`
}

/** Of the OAuth server that the broker is compared with. */
export const oauthClient = { clientId: 'bench', clientSecret: 'a-secret-of-the-bench-alone' }

/** Writes the requests of one kind; all of them have the same size. */
export function requestWriter(kind: 'token' | 'client_credentials', key: string): (index: number) => string {
  if (kind === 'token') {
    const more = [`authorization: Bearer ${key}`, 'content-type: application/json']
    const head = requestHead('/tokens', more, requestBody(0).length)
    return (index) => head + requestBody(index)
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: oauthClient.clientId,
    client_secret: oauthClient.clientSecret,
  }).toString()
  const request =
    requestHead('/token', ['content-type: application/x-www-form-urlencoded'], form.length) + form
  return () => request
}

function requestHead(path: string, headers: readonly string[], length: number): string {
  return [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', ...headers, `content-length: ${length}`, '\r\n'].join(
    '\r\n',
  )
}
