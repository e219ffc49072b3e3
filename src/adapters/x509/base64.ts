/** RFC 4648 §4, with line breaks; undefined for anything else, which Node's decoder would skip. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replaceAll(/\s+/g, '')
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return undefined
  return Buffer.from(plain, 'base64')
}
