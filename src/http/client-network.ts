import { isIP } from 'node:net'

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * Who is counted as one client: an IPv4 address, or the /64 of an IPv6 one, of which anybody has a whole network.
 * A proxy that is trusted may hand on any text as an address; all that is none counts as one client.
 */
export function clientNetwork(ip: string): string {
  const address = mapped.exec(ip)?.[1] ?? ip.replace(/%.*$/, '')
  switch (isIP(address)) {
    case 4:
      return address
    case 6:
      return `${firstGroups(address)}::/64`
    default:
      return 'unknown'
  }
}

/** The first four of eight groups, each without leading zeros. */
function firstGroups(address: string): string {
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end is two groups; it is beyond the first four unless they are all there.
  const behind = after.length + (address.includes('.') ? 1 : 0)
  const all = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - behind)).fill('0'), ...after]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
