import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { readMaterial } from '../../src/adapters/x509/read-material.ts'
import { ber, sequence } from '../adapters/x509/der-writer.ts'
import { bag, certificateBag, makePbmac1, makePkcs12 } from '../adapters/x509/make-pkcs12.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'

const openssl = openOpenssl(t)
const circumstances = { now: Date.now(), nonce: 'a nonce' }

makePair(openssl, 'leaf')
const thumbprint = openssl.thumbprint('leaf.crt')
const plainKey = openssl.text('leaf.key')
openssl.run('pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out leaf.der')
const key = Buffer.from(openssl.base64('leaf.der'), 'base64')
const certificate = new X509Certificate(openssl.text('leaf.crt')).raw

function read(pkcs12: string, password?: string) {
  const given = password === undefined ? {} : { password }
  const result = readMaterial({ form: 'pkcs12', pkcs12, ...given }, circumstances)
  return result.ok ? result.value : { ...result.failure, thumbprintSha1: undefined }
}

t.test('PKCS#12 reads with its password, whatever OpenSSL protected it with', async (t) => {
  const schemes = ['PBE-SHA1-3DES', 'PBE-SHA1-2DES', 'PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-40', 'AES-128-CBC']
  const ways = [
    '',
    '-descert',
    '-legacy',
    '-legacy -descert',
    ...schemes.map((scheme) => `-keypbe ${scheme} -certpbe ${scheme}`),
    '-keypbe AES-192-CBC -certpbe AES-256-CBC',
    '-keypbe NONE -certpbe NONE',
    '-keypbe AES-256-CBC -certpbe NONE',
    ...['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((hash) => `-macalg ${hash}`),
    '-nomac',
    '-nomac -legacy',
    '-iter 1',
    '-name friendly -CSP provider -keysig',
  ]
  const costly = ['-iter 100000', '-legacy -iter 100000']
  for (const password of ['correct', 'pässwörd€😀', '']) {
    for (const way of password === 'correct' ? [...ways, ...costly] : ways) {
      const options = way === '' ? '' : ` ${way}`
      openssl.runLegacy(
        `pkcs12 -export -inkey leaf.key -in leaf.crt -passout pass:${password} -out leaf.pfx${options}`,
      )
      const bundle = read(openssl.base64('leaf.pfx'), password)
      const expected = { thumbprintSha1: thumbprint, privateKeyPem: plainKey }
      t.match(bundle, expected, `${way || 'as it is'}, password of ${password.length} characters`)
    }
  }
})

t.test('PKCS#12 without a password reads whether one of no characters is given or none', async (t) => {
  openssl.run('pkcs12 -export -inkey leaf.key -in leaf.crt -passout pass: -out empty.pfx')
  t.match(read(openssl.base64('empty.pfx')), { thumbprintSha1: thumbprint })
  t.match(read(openssl.base64('empty.pfx'), ''), { thumbprintSha1: thumbprint })
  t.match(read(openssl.base64('empty.pfx'), 'other'), { detail: /password does not open/ })
})

t.test('a Key Vault certificate reads: 3DES under a password of no octets', async (t) => {
  const pfx = makePkcs12({ keys: [key], certificates: [certificate] })
  openssl.write('vault.pfx', pfx)
  t.match(
    openssl.run('pkcs12 -in vault.pfx -nodes -passin pass:'),
    /BEGIN PRIVATE KEY/,
    'OpenSSL reads it too',
  )
  t.match(read(pfx.toString('base64')), { thumbprintSha1: thumbprint, privateKeyPem: plainKey })
  const lines = pfx.toString('base64').replaceAll(/.{64}/g, '$&\r\n')
  t.match(read(lines), { thumbprintSha1: thumbprint }, 'in lines')
})

t.test('PKCS#12 in BER reads, with indefinite lengths and octet strings in pieces', async (t) => {
  const parts = { keys: [key], certificates: [certificate], password: Buffer.alloc(2), writer: ber }
  for (const mac of ['sha1', 'none'] as const) {
    const pfx = makePkcs12({ ...parts, mac })
    openssl.write('ber.pfx', pfx)
    t.match(
      openssl.run('pkcs12 -in ber.pfx -nodes -passin pass:'),
      /BEGIN PRIVATE KEY/,
      'OpenSSL reads it too',
    )
    t.match(read(pfx.toString('base64')), { thumbprintSha1: thumbprint }, mac)
  }
})

t.test('PKCS#12 with PBMAC1 reads, and its safes may be in safes', async (t) => {
  const nested = bag(6, sequence(certificateBag(certificate)))
  const pfx = makePbmac1([bag(1, key), nested], 'pässwörd€').toString('base64')
  t.match(read(pfx, 'pässwörd€'), { thumbprintSha1: thumbprint })
  t.match(read(pfx, 'other'), { detail: /password does not open/ })
})

t.test('the leaf is the certificate of the key, and the others are its chain', async (t) => {
  makePair(openssl, 'root')
  makePair(openssl, 'issuing', 'rsa:2048', 'root')
  makePair(openssl, 'issued', 'rsa:2048', 'issuing')
  const text = (name: string) => openssl.text(`${name}.crt`)
  openssl.write('chain.pem', `${text('root')}${text('issuing')}${text('issued')}`)
  for (const way of ['', ' -legacy']) {
    openssl.run(`pkcs12 -export -inkey issued.key -in chain.pem -passout pass:x -out chain.pfx${way}`)
    const bundle = read(openssl.base64('chain.pfx'), 'x')
    t.equal(bundle.thumbprintSha1, openssl.thumbprint('issued.crt'))
    t.match(bundle, { certificatePem: `${text('issued')}${text('root')}${text('issuing')}` })
  }
})

t.test('the secret of a Key Vault certificate reads, as PKCS#12 and as PEM', async (t) => {
  const pfx = makePkcs12({ keys: [key], certificates: [certificate] }).toString('base64')
  const pem = `${plainKey}${openssl.text('leaf.crt')}`
  const readSecret = (value: string, contentType?: string) =>
    readMaterial({ form: 'secret', value, contentType }, circumstances)
  const expected = { ok: true, value: { thumbprintSha1: thumbprint, privateKeyPem: plainKey } }
  t.match(readSecret(pfx, 'application/x-pkcs12'), expected)
  t.match(readSecret(pem, 'application/x-pem-file'), expected)
  for (const contentType of [undefined, '', 'text/plain']) {
    t.match(readSecret(pfx, contentType), expected, 'PKCS#12 by its content')
    t.match(readSecret(pem, contentType), expected, 'PEM by its content')
  }
})
