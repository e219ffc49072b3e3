import type { Test } from 'tap'
import { text } from '../../sandbox/api-client.ts'
import type { Openssl } from '../adapters/x509/openssl.ts'
import type { Members } from '../http/json-value.ts'

const always = ['created_at', 'expires_at', 'id', 'key_vault', 'source', 'state', 'type', 'updated_at']
const ofCertificates = ['certificate', 'not_before', 'thumbprint_sha1', 'thumbprint_sha256']

/** A credential that was just added has these members and no others, so nothing private is among them. */
export function expectMembers(t: Test, body: Members): void {
  const expected = body['type'] === 'client_secret' ? always : [...always, ...ofCertificates]
  t.strictSame(Object.keys(body).sort(), expected.toSorted())
  t.notMatch(JSON.stringify(body), /PRIVATE|password/i)
}

/** What is shown of a certificate is what OpenSSL shows of it; `file`: it is the certificate of this file. */
export function expectAsOpenssl(t: Test, openssl: Openssl, body: Members, file?: string): void {
  openssl.write('shown.pem', text({ ...body }, 'certificate'))
  const print = (what: string) => openssl.run(`x509 -in shown.pem -noout ${what}`).trim()
  t.equal(body['thumbprint_sha1'], openssl.thumbprint('shown.pem'))
  const sha256 = print('-fingerprint -sha256').replace(/^.*=/, '').replaceAll(':', '')
  t.equal(body['thumbprint_sha256'], Buffer.from(sha256, 'hex').toString('base64url'))
  const dates = print('-startdate -enddate -dateopt iso_8601').split('\n')
  t.strictSame(
    [body['not_before'], body['expires_at']].map((date) => Date.parse(String(date))),
    dates.map((date) => Date.parse(date.replace(/^.*=/, ''))),
  )
  if (file !== undefined) t.equal(openssl.thumbprint('shown.pem'), openssl.thumbprint(file))
}
