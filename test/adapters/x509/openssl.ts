import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface Openssl {
  /** Runs the command line, split at spaces, and gives what it prints. */
  run(line: string): string
  /** With the provider of old algorithms, which OpenSSL 3 has in a file of its own. */
  runLegacy(line: string): string
  text(file: string): string
  base64(file: string): string
  write(file: string, content: string | Buffer): void
  /** SHA-1, as the registry keeps it. */
  thumbprint(file: string): string
}

/** The real OpenSSL in a folder of its own, which is gone with the test. */
export function openOpenssl(t: Test): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'x509-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const run = (line: string, more: readonly string[] = []) =>
    execFileSync('openssl', [...line.split(' '), ...more], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    run,
    runLegacy: (line) => run(line, ['-provider', 'legacy', '-provider', 'default']),
    text: (file) => readFileSync(join(folder, file), 'utf8'),
    base64: (file) => readFileSync(join(folder, file), 'base64'),
    write: (file, content) => writeFileSync(join(folder, file), content),
    thumbprint: (file) =>
      run(`x509 -in ${file} -noout -fingerprint -sha1`).trim().replace(/^.*=/, '').replaceAll(':', ''),
  }
}

/** Makes `${name}.key` (PKCS#8) and `${name}.crt`, signed with itself or by another that was made so. */
export function makePair(openssl: Openssl, name: string, kind = 'rsa:2048', issuer?: string): void {
  const signer = issuer === undefined ? '' : ` -CA ${issuer}.crt -CAkey ${issuer}.key`
  const key = kind.startsWith('rsa:')
    ? `-algorithm RSA -pkeyopt rsa_keygen_bits:${kind.slice(4)}`
    : `-algorithm ${kind}`
  openssl.run(`genpkey ${key} -out ${name}.key`)
  openssl.run(`req -x509 -key ${name}.key -days 90 -subj /CN=${name} -out ${name}.crt${signer}`)
}
