import type { CertificateMaterial } from '../../broker/credential-ports.ts'
import type { Circumstances } from './read-material.ts'

/** What a reading thread is given. It has no clock and no randomness of its own. */
export type ReadingTask =
  | {
      readonly kind: 'material'
      readonly material: CertificateMaterial
      readonly circumstances: Circumstances
    }
  | { readonly kind: 'certificate'; readonly pem: string; readonly now: number }
