/** Writes ASN.1, good and bad. */
export interface Writer {
  constructed(tag: number, ...parts: readonly Buffer[]): Buffer
  octets(content: Buffer): Buffer
  /** [0] IMPLICIT OCTET STRING */
  implicitOctets(content: Buffer): Buffer
}

export const der: Writer = {
  constructed: (tag, ...parts) => value(tag, Buffer.concat(parts)),
  octets: (content) => value(0x04, content),
  implicitOctets: (content) => value(0x80, content),
}

const end = Buffer.alloc(2)

/**
 * Indefinite lengths, and octet strings in pieces: what streaming writers make (X.690 §8.1.3.6 and §8.7.3).
 */
export const ber: Writer = {
  constructed: (tag, ...parts) => Buffer.concat([Buffer.from([tag, 0x80]), ...parts, end]),
  octets: (content) => ber.constructed(0x24, ...pieces(content)),
  implicitOctets: (content) => ber.constructed(0xa0, ...pieces(content)),
}

export function value(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return der.constructed(0x30, ...parts)
}

export function integer(number: bigint): Buffer {
  const hex = number.toString(16)
  const even = hex.padStart(hex.length + (hex.length % 2), '0')
  return value(0x02, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex'))
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(sevenBits)]))
}

/** An algorithm with its parameters (RFC 5280 §4.1.1.2). */
export function algorithm(dotted: string, ...parameters: readonly Buffer[]): Buffer {
  return sequence(objectIdentifier(dotted), ...parameters)
}

export function toPem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function pieces(content: Buffer): readonly Buffer[] {
  const middle = Math.ceil(content.length / 2)
  return [value(0x04, content.subarray(0, middle)), value(0x04, content.subarray(middle))]
}

function sevenBits(number: number): readonly number[] {
  const high = Math.floor(number / 128)
  return [...(high === 0 ? [] : sevenBits(high).map((byte) => byte | 0x80)), number % 128]
}
