import type { Config } from '../config.ts'
import type { Variables } from './variables.ts'

const defaultListen: Address = { host: '127.0.0.1', port: 8080 }

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

type Listeners = Pick<Config, 'listen' | 'publicListen' | 'tls' | 'plainHttpBehindProxy'>

/** Where the broker listens, and how what is said there is kept from others. */
export function readListeners(variables: Variables): Listeners {
  const form = 'an address and port, like 127.0.0.1:8080'
  const listen = variables.read('LISTEN', readAddress, form) ?? defaultListen
  const publicListen = variables.read('PUBLIC_LISTEN', readAddress, form)
  const tls = readTls(variables)
  const plainHttpBehindProxy = variables.word('UNSAFE_PLAIN_HTTP_BEHIND_PROXY', ['false', 'true']) === 'true'
  for (const [name, address] of [
    ['LISTEN', listen],
    ['PUBLIC_LISTEN', publicListen],
  ] as const) {
    if (address === undefined || isLoopback(address.host) || tls !== undefined || plainHttpBehindProxy)
      continue
    variables.fault(
      `${name} is ${address.host}, which is not loopback: set TLS_CERT_FILE and TLS_KEY_FILE, or say ` +
        'UNSAFE_PLAIN_HTTP_BEHIND_PROXY=true if something in front of the broker does TLS.',
    )
  }
  return {
    listen,
    plainHttpBehindProxy,
    ...(publicListen !== undefined && { publicListen }),
    ...(tls !== undefined && { tls }),
  }
}

function readTls(variables: Variables): Config['tls'] {
  const cert = variables.file('TLS_CERT_FILE', readPem, 'PEM')
  const key = variables.file('TLS_KEY_FILE', readPem, 'PEM')
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined || key !== undefined) variables.fault('TLS_CERT_FILE and TLS_KEY_FILE go together.')
  return undefined
}

export function readPem(text: string): string | undefined {
  return text.includes('-----BEGIN ') ? text : undefined
}

function readAddress(text: string): Address | undefined {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

export function readPublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, origin, hostname, pathname, search } = new URL(text)
  const isWeb =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')))
  return isWeb && pathname === '/' && search === '' ? origin : undefined
}
