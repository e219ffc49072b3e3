import { AsnConvert } from '@peculiar/asn1-schema'

/** A certificate has about 10 levels, PKCS#12 in BER about 16. */
const deepest = 32
/** A certificate has 100 to 200 values; this is below the limit that the parser has of its own. */
const mostValues = 5000
/** X.690 §8.1.5 */
const endOfContents = 0

interface Source {
  readonly bytes: Buffer
  offset: number
  values: number
}

interface Value {
  readonly tag: number
  readonly content: Buffer
}

/**
 * Reads one structure, in BER or DER; undefined where it is not what `type` says, or too deep or too large.
 */
export function parseDer<T>(bytes: Buffer | ArrayBuffer, type: new () => T): T | undefined {
  const der = toDer(toBuffer(bytes))
  if (der === undefined) return undefined
  try {
    // Octet strings are parsed where they are known to hold a structure, each with these limits anew.
    return AsnConvert.parse(der, type, { berOptions: { parseEmbedded: false } })
  } catch {
    return undefined
  }
}

/**
 * Writes BER (X.690 §8) as definite lengths, the pieces of an octet string as one: PKCS#12 may be BER (RFC
 * 7292 §3), which the parser reads in part only. It is checked on the way, so that the parser, which
 * recurses, meets few values, no deep ones, and no length that goes beyond what holds it.
 */
export function toDer(bytes: Buffer): Buffer | undefined {
  const value = readValue({ bytes, offset: 0, values: 0 }, bytes.length, 1)
  return value === undefined || value.tag === endOfContents ? undefined : encode(value)
}

/** Of exactly these bytes, whatever buffer they are a part of. */
export function toBuffer(bytes: Buffer | ArrayBuffer): Buffer {
  return bytes instanceof ArrayBuffer ? Buffer.from(bytes) : bytes
}

/** Recursion is bounded by `deepest`. */
function readValue(source: Source, end: number, depth: number): Value | undefined {
  source.values += 1
  if (depth > deepest || source.values > mostValues || source.offset + 2 > end) return undefined
  const tag = source.bytes.readUInt8(source.offset)
  source.offset += 1
  // A tag number of more than one byte: nothing that is read here has one.
  if ((tag & 0x1f) === 0x1f) return undefined
  const length = readLength(source, end)
  if (length === undefined) return undefined
  const constructed = (tag & 0x20) !== 0
  if (length === 'indefinite') return constructed ? readChildren(source, tag, end, true, depth) : undefined
  if (source.offset + length > end) return undefined
  if (constructed) return readChildren(source, tag, source.offset + length, false, depth)
  const content = source.bytes.subarray(source.offset, source.offset + length)
  source.offset += length
  return { tag, content }
}

function readLength(source: Source, end: number): number | 'indefinite' | undefined {
  const first = source.bytes.readUInt8(source.offset)
  source.offset += 1
  if (first < 0x80) return first
  if (first === 0x80) return 'indefinite'
  const size = first & 0x7f
  if (size > 4 || source.offset + size > end) return undefined
  const length = source.bytes.readUIntBE(source.offset, size)
  source.offset += size
  return length
}

function readChildren(
  source: Source,
  tag: number,
  end: number,
  indefinite: boolean,
  depth: number,
): Value | undefined {
  const children: Value[] = []
  while (indefinite || source.offset < end) {
    const child = readValue(source, end, depth + 1)
    if (child === undefined) return undefined
    if (child.tag === endOfContents) {
      // It ends an indefinite length and stands nowhere else.
      if (indefinite && child.content.length === 0) break
      return undefined
    }
    children.push(child)
  }
  // An octet string in pieces (X.690 §8.7.3).
  if (tag === 0x24) {
    if (children.some((child) => child.tag !== 0x04)) return undefined
    return { tag: 0x04, content: Buffer.concat(children.map((child) => child.content)) }
  }
  return { tag, content: Buffer.concat(children.map(encode)) }
}

function encode({ tag, content }: Value): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const size = Math.ceil((32 - Math.clz32(length)) / 8)
  const header = Buffer.alloc(2 + size)
  header.writeUInt8(tag, 0)
  header.writeUInt8(0x80 | size, 1)
  header.writeUIntBE(length, 2, size)
  return Buffer.concat([header, content])
}
