import { hash, verify, X509Certificate } from 'node:crypto'
import { KeyClient } from '@azure/keyvault-keys'
import type { VaultReference } from '../../broker/credential-ports.ts'
import type { SigningAlgorithm } from '../../domain/application.ts'
import type { PublicCertificate } from '../../domain/credential.ts'
import type { CertificateRefusal, MintFailure } from '../../domain/failure.ts'
import { fail, ok, type Result } from '../../domain/result.ts'
import { attempt, clientOptions, type KeyVaultOptions, usualDeadlines, within } from './connection.ts'
import { pastRefusal } from './past-refusal.ts'
import { createRenewableClient } from './renewable-client.ts'
import { paddings } from './signer.ts'

export interface SigningKey {
  readonly reference: VaultReference
  sign(alg: SigningAlgorithm, data: Buffer): Promise<Result<Buffer, MintFailure>>
}

interface NamedVersion {
  readonly name: string
  /** The latest where not given. */
  version?: string
}

const probe = Buffer.from('graph-token-broker looks whether this key is the certificate’s')

/** A key that signs inside the vault, after one signature has shown that it is this certificate's. */
export async function openSigningKey(
  options: KeyVaultOptions,
  named: Readonly<NamedVersion>,
  certificate: PublicCertificate,
): Promise<Result<SigningKey, MintFailure | CertificateRefusal>> {
  const pinned = { ...named }
  const useKey = createRenewableClient(async (refused) => {
    const opened = await openKey(options, pinned, refused)
    // Opened again, it is the same version, whatever came after it.
    pinned.version = opened.version
    return opened
  })
  const found = await attempt(options, named.name, () =>
    useKey(async ({ version, type }) => ({ version, type })),
  )
  if (!found.ok) return found
  if (!/^RSA(-HSM)?$/.test(found.value.type)) return fail(otherKind)
  const reference = { name: named.name, version: found.value.version }
  const sign: SigningKey['sign'] = async (alg, data) => {
    const digest = hash('sha256', data, 'buffer')
    return attempt(options, named.name, (abortSignal) =>
      useKey(async ({ client }) => {
        // Bytes, says its type; what is missing in the reply is missing here.
        const signature = Buffer.from((await client.sign(alg, digest, { abortSignal })).result)
        if (signature.length === 0) throw new Error('Key Vault answered without a signature')
        return signature
      }),
    )
  }

  const proven = await sign('PS256', probe)
  if (!proven.ok) return proven
  const { publicKey } = new X509Certificate(certificate.certificatePem)
  if (!verify('sha256', probe, { key: publicKey, ...paddings.PS256 }, proven.value)) return fail(foreignKey)
  return ok({ reference, sign })
}

/**
 * Each key has a client of its own whose first call, the look-up, has no body: parallel first calls of a client that
 * was not yet challenged can lose theirs.
 */
function openKey(options: KeyVaultOptions, { name, version }: Readonly<NamedVersion>, refused: boolean) {
  const { url, credential, deadlines = usualDeadlines } = options
  return within(deadlines.operation, async (abortSignal) => {
    const identity = refused ? pastRefusal(credential) : credential
    const client = new KeyClient(url, identity, clientOptions(options))
    const key = await client.getKey(name, { ...(version === undefined ? {} : { version }), abortSignal })
    const keyVersion = key.properties.version
    if (keyVersion === undefined) throw new Error('Key Vault named no version of a key')
    return {
      version: keyVersion,
      type: key.keyType ?? '',
      client: client.getCryptographyClient(name, { keyVersion }),
    }
  })
}

const otherKind: CertificateRefusal = {
  code: 'certificate_refused',
  detail: 'The key of Key Vault is not RSA.',
  hint: 'Entra takes assertions that are signed with RSA keys alone: make one of 2048 bits or more.',
}

const foreignKey: CertificateRefusal = {
  code: 'certificate_refused',
  detail: 'The certificate is not for this key of Key Vault.',
  hint: 'Give the certificate whose public key is the one of this version of the key.',
}
