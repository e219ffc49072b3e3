import t from 'tap'
import { readCertificate, readMaterial } from '../../src/adapters/x509/read-material.ts'
import { makePair, openOpenssl } from '../adapters/x509/openssl.ts'

const openssl = openOpenssl(t)
const password = 'pässwörd€'
const circumstances = { now: Date.now(), nonce: 'a nonce' }

makePair(openssl, 'leaf')
const leaf = openssl.text('leaf.crt')
const plainKey = openssl.text('leaf.key')
const thumbprint = openssl.thumbprint('leaf.crt')

function read(certificate: string, privateKey: string, password?: string) {
  const given = password === undefined ? {} : { password }
  const result = readMaterial({ form: 'pem', certificate, privateKey, ...given }, circumstances)
  return result.ok ? result.value : { ...result.failure, thumbprintSha1: undefined }
}

t.test('a key pair of each size reads as PKCS#8 and as PKCS#1', async (t) => {
  for (const bits of [2048, 3072, 4096]) {
    makePair(openssl, `rsa${bits}`, `rsa:${bits}`)
    openssl.run(`rsa -in rsa${bits}.key -traditional -out rsa${bits}.pkcs1`)
    const expected = openssl.thumbprint(`rsa${bits}.crt`)
    const certificate = openssl.text(`rsa${bits}.crt`)
    const bundle = read(certificate, openssl.text(`rsa${bits}.key`))
    t.equal(bundle.thumbprintSha1, expected, `${bits} bits, PKCS#8`)
    t.match(bundle, { privateKeyPem: openssl.text(`rsa${bits}.key`), certificatePem: certificate })
    t.strictSame(read(certificate, openssl.text(`rsa${bits}.pkcs1`)), bundle, `${bits} bits, PKCS#1`)
  }
})

t.test('an encrypted key reads with its password, whatever OpenSSL encrypted it with', async (t) => {
  const ways = [
    ...['aes128', 'aes192', 'aes256', 'des3'].map((cipher) => `pkcs8 -topk8 -v2 ${cipher}`),
    ...[1, 224, 256, 384, 512].map((bits) => `pkcs8 -topk8 -v2 aes256 -v2prf hmacWithSHA${bits}`),
    'pkcs8 -topk8 -iter 1',
    'pkcs8 -topk8 -iter 100000',
    ...['3DES', '2DES', 'RC2-40', 'RC2-128'].map((name) => `pkcs8 -topk8 -v1 PBE-SHA1-${name}`),
    ...['MD5-DES', 'SHA1-DES', 'MD5-RC2-64', 'SHA1-RC2-64'].map((name) => `pkcs8 -topk8 -v1 PBE-${name}`),
    ...['aes128', 'aes192', 'aes256', 'des3'].map((cipher) => `rsa -traditional -${cipher}`),
  ]
  for (const way of ways) {
    openssl.runLegacy(`${way} -in leaf.key -out encrypted.key -passout pass:${password}`)
    const key = openssl.text('encrypted.key')
    t.match(read(leaf, key, password), { thumbprintSha1: thumbprint, privateKeyPem: plainKey }, way)
    t.match(read(leaf, key), { detail: /encrypted and there is no password/, hint: /openssl pkey/ })
    t.match(read(leaf, key, 'another'), { detail: /password does not open the private key/, hint: /openssl/ })
  }
})

t.test('the leaf is the certificate of the key, wherever it stands; the others are its chain', async (t) => {
  makePair(openssl, 'root', 'rsa:2048')
  makePair(openssl, 'issuing', 'rsa:2048', 'root')
  makePair(openssl, 'issued', 'rsa:2048', 'issuing')
  const [root, issuing, issued] = ['root', 'issuing', 'issued'].map((name) => openssl.text(`${name}.crt`))
  const key = openssl.text('issued.key')
  const expected = openssl.thumbprint('issued.crt')
  const inOrder = read(`${issued}${issuing}${root}`, key)
  t.match(inOrder, { thumbprintSha1: expected, certificatePem: `${issued}${issuing}${root}` })
  const rootFirst = read(`${root}${issuing}${issued}`, key)
  t.match(rootFirst, { thumbprintSha1: expected, certificatePem: `${issued}${root}${issuing}` })
  const alone = readCertificate(`${issued}${issuing}${root}`, circumstances.now)
  t.match(alone, { value: { thumbprintSha1: expected, certificatePem: `${issued}${issuing}${root}` } })
})

t.test('an authority with an elliptic key may have issued the certificate', async (t) => {
  makePair(openssl, 'elliptic', 'EC -pkeyopt ec_paramgen_curve:P-256')
  makePair(openssl, 'mixed', 'rsa:2048', 'elliptic')
  const chain = `${openssl.text('mixed.crt')}${openssl.text('elliptic.crt')}`
  const bundle = read(chain, openssl.text('mixed.key'))
  t.match(bundle, { certificatePem: chain, thumbprintSha1: openssl.thumbprint('mixed.crt') })
})

t.test('text around the blocks, other blocks and other line ends are no matter', async (t) => {
  const expected = read(leaf, plainKey)
  t.match(expected, { thumbprintSha1: thumbprint })
  openssl.run('pkcs12 -export -inkey leaf.key -in leaf.crt -name friendly -passout pass:x -out leaf.pfx')
  const everything = openssl.run('pkcs12 -in leaf.pfx -nodes -passin pass:x')
  t.match(everything, /Bag Attributes[\s\S]+friendlyName/)
  t.strictSame(read(everything, everything), expected, 'what openssl pkcs12 -nodes prints, for both')
  const windows = (text: string) => text.replaceAll('\n', '\r\n')
  t.strictSame(read(windows(leaf), windows(plainKey)), expected, 'CRLF')
  t.strictSame(
    read(`\uFEFF\n\n${leaf}`.replaceAll('\n', '  \n'), plainKey.trimEnd()),
    expected,
    'white space',
  )
  const old = leaf.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')
  t.strictSame(read(old, plainKey), expected, 'the label that OpenSSL once had')
  const encrypted = openssl.run('rsa -in leaf.key -traditional -aes128 -passout pass:x')
  t.strictSame(read(leaf, windows(encrypted), 'x'), expected, 'CRLF in a key with headers')
})

t.test('who signed the certificate, and with what hash, is no matter', async (t) => {
  for (const digest of ['md5', 'sha1']) {
    openssl.run(`req -x509 -key leaf.key -days 90 -subj /CN=leaf -${digest} -out old.crt`)
    t.match(
      read(openssl.text('old.crt'), plainKey),
      { thumbprintSha1: openssl.thumbprint('old.crt') },
      digest,
    )
  }
})

t.test('a certificate is read for a while before it is valid, and until it ends', async (t) => {
  const at = (now: number) => readCertificate(leaf, now).ok
  const day = 86_400_000
  const bundle = read(leaf, plainKey)
  if (!('expiresAt' in bundle)) return t.fail('it must read')
  const [start, end] = [Date.parse(bundle.notBefore), Date.parse(bundle.expiresAt)]
  t.equal(at(end - 1), true)
  t.equal(at(end), false)
  t.equal(at(start - 30 * day + 1), true, 'a rotation ahead of time')
  t.equal(at(start - 30 * day), false)
})
