import type { Certificates } from '../../broker/credential-ports.ts'
import type { Clock, Random } from '../../broker/ports.ts'
import { createGenerate } from './generate.ts'
import { createReadingHost, type ReadingOptions } from './reading-host.ts'

/** Bytes of what a key signs to show that it can. */
const nonceBytes = 32

/** X.509 certificates for applications: self-signed ones of the broker's own, and those that others bring. */
export function createCertificates(
  clock: Clock,
  random: Random,
  options: Partial<ReadingOptions> = {},
): Certificates {
  const readAway = createReadingHost(options)
  return {
    generate: createGenerate(clock, random),
    read: (material) => {
      const circumstances = { now: clock.now(), nonce: random.bytes(nonceBytes).toString('hex') }
      return readAway({ kind: 'material', material, circumstances })
    },
    readPublic: (pem) => readAway({ kind: 'certificate', pem, now: clock.now() }),
  }
}
