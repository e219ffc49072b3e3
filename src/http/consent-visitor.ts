import type { FastifyReply, FastifyRequest } from 'fastify'

/** What is known of the browser that looks at the consent pages. */
export interface ConsentVisitor {
  /** The secret that it was given, if it still has it. */
  browser(request: FastifyRequest): string | undefined
  /** Gives it the secret for as long as a visit to Microsoft may take. */
  remember(reply: FastifyReply, browser: string): void
  /** Whether a page of somebody else's sent this form. */
  isForeign(request: FastifyRequest): boolean
}

/** Seconds: as long as the state that the secret goes with. */
const maxAge = 600

/** `publicUrl`: an origin. */
export function createConsentVisitor(publicUrl: string): ConsentVisitor {
  // `__Host-` keeps other hosts of the same domain from setting it, and wants TLS (RFC 6265bis §4.1.3.2).
  const isSecure = publicUrl.startsWith('https:')
  const name = isSecure ? '__Host-consent' : 'consent'
  const pattern = new RegExp(`(?:^|; ?)${name}=([A-Za-z0-9_-]{43})(?:;|$)`)
  // Lax and not Strict: the browser must have it when it comes back from Microsoft.
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${isSecure ? '; Secure' : ''}`
  return {
    browser: (request) => pattern.exec(request.headers.cookie ?? '')?.[1],
    remember(reply, browser) {
      reply.header('set-cookie', `${name}=${browser}; ${attributes}`)
    },
    isForeign({ headers }) {
      const site = headers['sec-fetch-site']
      if (site !== undefined) return site !== 'same-origin' && site !== 'none'
      return headers.origin !== undefined && headers.origin !== publicUrl
    },
  }
}
