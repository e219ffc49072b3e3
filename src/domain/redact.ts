/** Whatever looks like a key, a token or a private key, wherever it stands. */
const secrets = [
  /gtb\.[a-z0-9]{16}\.[A-Za-z0-9_-]{8,}/g,
  /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /((?:client_secret|client_assertion|access_token|password|code|state)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
]

const longest = 2_000

/** The text with what looks like a secret taken out, and cut. For whatever somebody else wrote. */
export function redact(text: string): string {
  let clean = text.slice(0, longest)
  for (const secret of secrets)
    clean = clean.replace(secret, (_match, name) => `${typeof name === 'string' ? name : ''}[redacted]`)
  return clean
}
