import { decodeBase64 } from './base64.ts'

export interface PemBlock {
  readonly label: string
  /** Headers before the content (RFC 1421 §4.6), which old encrypted keys have. */
  readonly headers: ReadonlyMap<string, string>
  /** Undefined where it is not base64. */
  readonly content: Buffer | undefined
}

const boundary = /^-----(BEGIN|END) ([A-Z0-9 #-]+)-----$/

/** All blocks of a text (RFC 7468 §2); what stands between them is skipped. Each line is looked at once. */
export function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let label: string | undefined
  let lines: string[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, edge, name] = boundary.exec(line.trim()) ?? []
    if (edge === 'BEGIN') {
      label = name
      lines = []
    } else if (edge === 'END') {
      if (label !== undefined && label === name) blocks.push(readBlock(label, lines))
      label = undefined
    } else if (label !== undefined) lines.push(line)
  }
  return blocks
}

export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  const headers = new Map<string, string>()
  let start = 0
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon === -1) break
    headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    start += 1
  }
  return { label, headers, content: decodeBase64(lines.slice(start).join('')) }
}
