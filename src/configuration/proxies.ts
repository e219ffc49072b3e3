import { isIP } from 'node:net'
import type { Variables } from './variables.ts'

const form = 'networks parted by commas, like 10.0.0.0/8,fd00::/8, and none of them everybody'

/** Whose `X-Forwarded-For` is believed. Never by a count of hops, which whoever comes past the proxies can forge. */
export function readTrustedProxies(variables: Variables): readonly string[] {
  return variables.read('TRUST_PROXY_CIDRS', readNetworks, form) ?? []
}

function readNetworks(text: string): readonly string[] | undefined {
  const networks = text.split(',').map((network) => network.trim())
  return networks.every(isNetwork) ? networks : undefined
}

function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? []
  const version = isIP(address)
  const bits = Number(length)
  return version !== 0 && bits >= 1 && bits <= (version === 4 ? 32 : 128)
}
