import type { SigningAlgorithm } from '../domain/application.ts'
import type { Credential, PublicCertificate } from '../domain/credential.ts'
import type { CertificateRefusal, CredentialFailure, MintFailure } from '../domain/failure.ts'
import type { Result } from '../domain/result.ts'

/** What a credential proves the application with. The secret part stays in a closure, so that nothing logs it. */
export type Proof =
  | {
      readonly kind: 'signature'
      /** Whether each signature is a call to the vault, so that what was signed is worth keeping for a while. */
      readonly remote: boolean
      sign(alg: SigningAlgorithm, data: Buffer): Promise<Result<Buffer, MintFailure>>
    }
  | { readonly kind: 'secret'; reveal(): string }

/** What the credentials of applications prove them with; read from the vault once and held. */
export interface KeyCustody {
  /** Of exactly the pinned version. Concurrent calls share one read; a failure is not held. */
  proof(credential: Credential): Promise<Result<Proof, MintFailure>>
  /** Reads the vault again behind the answers; what is held stays until something better is there. */
  reread(credential: Credential): void
  /** Reads the vault as `proof` would, to see whether it could; what is held stays as it is. */
  probe(credential: Credential): Promise<Result<void, MintFailure>>
  /** Lets go of what is held of a credential that is not used any more. */
  forget(credential: Credential): void
}

/** A secret or key at one version. */
export interface VaultReference {
  readonly name: string
  readonly version: string
}

export interface NewVaultSecret {
  readonly name: string
  readonly value: string
  readonly contentType: 'application/x-pem-file' | 'text/plain'
  readonly expiresAt: string
  readonly tags: Readonly<Record<string, string>>
}

/** The value of a secret. `contentType` is what Key Vault says of it: it tells PKCS#12 from PEM. */
export interface VaultSecret extends VaultReference {
  readonly value: string
  readonly contentType: string | undefined
}

/** A secret as lists show it: without its value. */
export interface ListedSecret {
  readonly name: string
  readonly enabled: boolean
  readonly createdAt: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** The vault as operators use it: nothing here is on the way of a token. */
export interface CredentialVault {
  /** Keeps a new secret under a name that was never used before. */
  store(secret: NewVaultSecret): Promise<Result<VaultReference, MintFailure | CredentialFailure>>
  /** A secret that somebody else put there, at this version or at the latest. */
  read(name: string, version?: string): Promise<Result<VaultSecret, MintFailure>>
  /** Finds the version of a key and has it sign once, to see that it is the certificate's. Nothing is kept. */
  findKey(key: NamedKey): Promise<Result<VaultReference, MintFailure | CertificateRefusal>>
  /** Deletes a secret softly: Key Vault keeps it for its retention. One that is gone already is no failure. */
  remove(name: string): Promise<Result<void, MintFailure>>
  /** All secrets, without their values. */
  list(): Promise<Result<readonly ListedSecret[], MintFailure>>
}

export interface NamedKey {
  readonly name: string
  readonly version?: string
  readonly certificate: PublicCertificate
}

/** A certificate with its private key (PKCS#8), before it is in the vault. */
export interface CertificateBundle extends PublicCertificate {
  readonly privateKeyPem: string
}

export interface CertificateOrder {
  readonly subject: string
  readonly keySize: 2048 | 3072 | 4096
  readonly validityDays: number
}

/** A certificate and key that somebody else made, in the form in which they came. */
export type CertificateMaterial =
  | {
      readonly form: 'pem'
      readonly certificate: string
      readonly privateKey: string
      /** For a private key that is encrypted. */
      readonly password?: string
    }
  /** `pkcs12` is base64 (RFC 4648 §4). */
  | { readonly form: 'pkcs12'; readonly pkcs12: string; readonly password?: string }
  /** The value of a Key Vault secret: PEM, or PKCS#12 with a password of no characters. */
  | { readonly form: 'secret'; readonly value: string; readonly contentType: string | undefined }

/**
 * Certificates are read away from the event loop and within a deadline, because what operators send may be built
 * to take long. Nothing of the material is ever in a failure.
 */
export interface Certificates {
  generate(order: CertificateOrder): Promise<CertificateBundle>
  read(material: CertificateMaterial): Promise<Result<CertificateBundle, CredentialFailure>>
  /** A certificate alone, for a key that stays where it is. */
  readPublic(certificatePem: string): Promise<Result<PublicCertificate, CredentialFailure>>
}
