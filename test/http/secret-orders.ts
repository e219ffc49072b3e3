import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { makePair, type Openssl } from '../adapters/x509/openssl.ts'
import type { Canaries } from './canaries.ts'

export interface Pair {
  readonly key: KeyObject
  /** PEM. */
  readonly privateKey: string
  readonly certificate: string
}

export type Orders = ReturnType<SecretOrders['orders']>

export type SecretOrders = ReturnType<typeof createSecretOrders>

/** Orders for credentials, each with secrets of its own that the canaries know. */
export function createSecretOrders(openssl: Openssl, canaries: Canaries) {
  function text(name: string): string {
    const made = randomBytes(24).toString('base64url')
    canaries.addText(name, made)
    return made
  }

  function pair(name: string): Pair {
    makePair(openssl, name)
    const key = createPrivateKey(openssl.text(`${name}.key`))
    canaries.addKey(`key ${name}`, key)
    return { key, privateKey: openssl.text(`${name}.key`), certificate: openssl.text(`${name}.crt`) }
  }

  /** One of each form that carries something secret. */
  function orders(name: string) {
    const { privateKey: private_key, certificate } = pair(name)
    const packed = pair(`${name}-packed`)
    const [pemPassword, pfxPassword] = [text(`PEM password ${name}`), text(`PFX password ${name}`)]
    const value = text(`client secret ${name}`)
    const [locked, pfx] = [`${name}-locked.key`, `${name}.pfx`]
    openssl.run(`pkcs8 -topk8 -in ${name}.key -out ${locked} -passout pass:${pemPassword}`)
    const pack = `pkcs12 -export -inkey ${name}-packed.key -in ${name}-packed.crt`
    openssl.run(`${pack} -out ${pfx} -passout pass:${pfxPassword}`)
    const pem = { type: 'certificate', source: 'pem', certificate, private_key }
    const pkcs12 = openssl.base64(pfx)
    return {
      pem,
      locked: { ...pem, private_key: openssl.text(locked), password: pemPassword },
      pkcs12: { type: 'certificate', source: 'pkcs12', pkcs12, password: pfxPassword },
      secret: {
        type: 'client_secret',
        value,
        expires_at: new Date(Date.now() + 90 * 86_400_000).toISOString(),
      },
      /** What a server would say that gives back all it knows. */
      said: [private_key, packed.privateKey, openssl.text(locked), pemPassword, pfxPassword, value].join(' '),
    }
  }

  return { text, pair, orders }
}

/** Bodies with a secret in them that no credential is made of, whatever is wrong with them. */
export function refusedBodies(
  { pem, locked, pkcs12, secret, said }: Orders,
  { stranger, wrong }: { readonly stranger: string; readonly wrong: string },
): readonly unknown[] {
  return [
    { ...pem, private_key: stranger },
    { ...pem, certificate: stranger },
    { ...pem, private_key: `${pem.private_key}${stranger}` },
    { ...pem, private_key: pem.private_key.slice(0, -200) },
    { ...locked, password: wrong },
    { ...pkcs12, password: wrong },
    { ...pkcs12, password: undefined },
    { ...pkcs12, pkcs12: pem.private_key },
    { ...pkcs12, pkcs12: pkcs12.pkcs12.slice(0, -400) },
    { ...pem, source: pem.private_key },
    { ...pem, type: pem.private_key },
    { ...pem, [pem.private_key]: locked.password },
    { ...secret, expires_at: secret.value },
    { ...secret, expires_at: '2020-01-01T00:00:00Z' },
    { ...secret, type: secret.value },
    { type: 'certificate', source: 'generated', subject: secret.value, key_size: secret.value },
    { type: 'key', name: secret.value, certificate: pem.private_key },
    { type: 'key', name: `${secret.value}_`, certificate: pem.certificate },
    { type: 'certificate', source: 'key_vault', name: 'any', version: `/${secret.value}` },
    { ...pem, more: `${said}${'x'.repeat(70_000)}` },
    `{"private_key": ${JSON.stringify(said)}, `,
    JSON.stringify(said),
  ]
}

/** Everything that a vault may do wrong, while it gives back what it knows. */
export function vaultFaults(said: string): readonly object[] {
  const error = { code: said, message: said, innererror: { code: said, message: said } }
  return [
    { status: 500, body: said },
    { reset: true },
    { status: 400, body: { error } },
    { status: 401, headers: { 'www-authenticate': `Bearer ${said.slice(-24)}` }, body: { error } },
    { status: 403, body: { error } },
    { status: 429, headers: { 'retry-after-ms': '1' }, body: { error } },
    { status: 200, body: `{"value": ${JSON.stringify(said)}` },
    { status: 200, body: { value: said, contentType: said, key: said } },
  ]
}
