import { constants, verify, X509Certificate } from 'node:crypto'
import type { Test } from 'tap'
import { importRsaKey } from '../../../sandbox/key-vault/key-material.ts'
import type { AttributeChange } from '../../../sandbox/key-vault/stored-object.ts'
import type { NewVaultSecret, Proof } from '../../../src/broker/credential-ports.ts'
import type {
  CertificateCredential,
  ClientSecretCredential,
  KeyCredential,
} from '../../../src/domain/credential.ts'
import type { Result } from '../../../src/domain/result.ts'
import { credentialOf, keyCredentialOf, secretCredential } from '../entra/acquisition.ts'
import { type MadeCertificate, makeCertificate, pemOf } from '../x509/make-certificate.ts'
import type { ConnectedVault } from './stage.ts'

export const made = await makeCertificate()
export const other = await makeCertificate()

export const pem = bundleOf(made)

/** Key and certificate, as the broker puts them into the vault. */
export function bundleOf({ key, pem }: MadeCertificate): string {
  return `${pemOf(key)}${pem}`
}

export function newSecret(name: string, more: Partial<NewVaultSecret> = {}): NewVaultSecret {
  const { expiresAt } = credentialOf(made)
  return { name, value: pem, contentType: 'application/x-pem-file', expiresAt, tags: {}, ...more }
}

export function certificateAt(vaultName: string, vaultVersion: string): CertificateCredential {
  return { ...credentialOf(made), uid: vaultName, vaultName, vaultVersion }
}

export function clientSecretAt(vaultName: string, vaultVersion: string): ClientSecretCredential {
  return { ...secretCredential, uid: vaultName, vaultName, vaultVersion }
}

export function keyAt(vaultName: string, vaultVersion: string, of = made): KeyCredential {
  return { ...keyCredentialOf(of), uid: vaultName, vaultName, vaultVersion }
}

/** Puts a secret into the vault past the adapter, as a person does. */
export function putSecret(
  { store }: ConnectedVault,
  name: string,
  value = pem,
  contentType?: string,
): string {
  return store.secrets.put(name, { content: { value, contentType } }).version.id
}

interface KeyWish {
  readonly attributes?: AttributeChange
  readonly keyOps?: readonly string[]
  readonly of?: MadeCertificate
}

/** Puts the key of a certificate into the vault as a key. */
export function putKey({ store }: ConnectedVault, name: string, wish: KeyWish = {}): string {
  const { attributes, keyOps, of = made } = wish
  const content = importRsaKey(of.key.export({ format: 'jwk' }), keyOps)
  return store.keys.put(name, { content, ...(attributes === undefined ? {} : { attributes }) }).version.id
}

type Loaded = Result<Proof, { readonly code: string }>

/** Has the proof sign, and looks whether the certificate's key did. */
export async function signs(loaded: Loaded, of = made): Promise<boolean> {
  if (!loaded.ok || loaded.value.kind !== 'signature') return false
  const data = Buffer.from('header.claims')
  const { publicKey } = new X509Certificate(of.pem)
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const [ps256, rs256] = [await loaded.value.sign('PS256', data), await loaded.value.sign('RS256', data)]
  if (!ps256.ok || !rs256.ok) return false
  return verify('sha256', data, pss, ps256.value) && verify('sha256', data, publicKey, rs256.value)
}

export function codeOf(result: Result<unknown, { readonly code: string }>): string {
  return result.ok ? 'ok' : result.failure.code
}

/** The value; the test ends where there is none. */
export function must<T>(t: Test, result: Result<T, { readonly code: string }>): T {
  if (result.ok) return result.value
  t.fail(result.failure.code)
  throw new Error(`failed: ${result.failure.code}`)
}

/** As long as `condition` holds not yet; what is waited for happens behind an answer. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setImmediate(done))
}
