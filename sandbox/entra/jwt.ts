export interface ParsedJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** What the signature is over (RFC 7515 §5.2). */
  readonly signingInput: Buffer
  readonly signature: Buffer
}

const compactForm = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** Undefined where the text is no signed JWT in compact form. Nothing is verified here. */
export function parseJwt(text: string): ParsedJwt | undefined {
  const [, header = '', payload = '', signature = ''] = compactForm.exec(text) ?? []
  const readHeader = readObject(header)
  const claims = readObject(payload)
  if (readHeader === undefined || claims === undefined) return undefined
  return {
    header: readHeader,
    claims,
    signingInput: Buffer.from(`${header}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

export function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readObject(base64url: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
