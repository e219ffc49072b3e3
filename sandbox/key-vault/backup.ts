import { createCipheriv, createDecipheriv } from 'node:crypto'

/** What the service writes before the sealed part of a secret's backup: a length of 41, then as many letters. */
const prefix = `${String.fromCharCode(41)}AzureKeyVaultSecretBackupV1.microsoft.com`

const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM' })).toString('base64url')

/** `key` has 32 bytes, `iv` 12 that were never used with it. A compact JWE (RFC 7516) inside base64url. */
export function sealBackup(key: Uint8Array, iv: Uint8Array, content: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header))
  const sealed = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()])
  const parts = [Buffer.alloc(0), iv, sealed, cipher.getAuthTag()]
  const jwe = [header, ...parts.map((part) => Buffer.from(part).toString('base64url'))].join('.')
  return Buffer.from(prefix + jwe).toString('base64url')
}

/** `undefined` for whatever this key did not seal: another vault's blob, or a damaged one. */
export function openBackup(key: Uint8Array, blob: string): string | undefined {
  const text = Buffer.from(blob, 'base64url').toString()
  if (!text.startsWith(`${prefix}${header}.`)) return undefined
  const [, , iv = '', sealed = '', tag = ''] = text.slice(prefix.length).split('.')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(header)).setAuthTag(Buffer.from(tag, 'base64url'))
    return decipher.update(sealed, 'base64url', 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
