/** One password as each derivation wants it. */
export interface PasswordForm {
  /** Big-endian UTF-16 and two zero octets (RFC 7292 §B.1). */
  readonly bmp: Buffer
  /** As PBES1, PBES2 and PBMAC1 take it (RFC 8018 §3). */
  readonly utf8: Buffer
}

/**
 * No password is written in two ways: as no octets at all, which is what Key Vault and Windows do, and as the
 * two zero octets that end every password, which is what OpenSSL does.
 */
export function passwordForms(password = ''): readonly PasswordForm[] {
  const ended = { bmp: Buffer.from(`${password}\0`, 'utf16le').swap16(), utf8: Buffer.from(password, 'utf8') }
  return password === '' ? [{ bmp: Buffer.alloc(0), utf8: Buffer.alloc(0) }, ended] : [ended]
}
