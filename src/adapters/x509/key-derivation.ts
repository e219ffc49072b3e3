import { hash, pbkdf2Sync } from 'node:crypto'
import type { CredentialFailure } from '../../domain/failure.ts'
import { ok, type Result } from '../../domain/result.ts'
import { type IterationBudget, refuseIterations } from './iteration-budget.ts'
import type { ParsedInteger } from './structures.ts'

/** Bytes of a digest, and of the blocks in which the hash works. */
const sizes = {
  md5: { digest: 16, block: 64 },
  sha1: { digest: 20, block: 64 },
  sha224: { digest: 28, block: 64 },
  sha256: { digest: 32, block: 64 },
  sha384: { digest: 48, block: 128 },
  sha512: { digest: 64, block: 128 },
} as const

export type HashName = keyof typeof sizes

export interface Derivation {
  readonly hash: HashName
  readonly password: Buffer
  readonly salt: Buffer
  readonly iterations: ParsedInteger
  /** Of the key, in bytes. */
  readonly length: number
}

type Derived = Result<Buffer, CredentialFailure>

/** RFC 8018 §5.2 */
export function derivePbkdf2(derivation: Derivation, budget: IterationBudget): Derived {
  if (!pay(derivation, budget)) return refuseIterations()
  const { hash: digest, password, salt, iterations, length } = derivation
  return ok(pbkdf2Sync(password, salt, Number(iterations), length, digest))
}

/** RFC 8018 §5.1; a key is a part of one digest. */
export function derivePbkdf1(derivation: Derivation, budget: IterationBudget): Derived {
  if (!pay(derivation, budget)) return refuseIterations()
  const { password, salt, length } = derivation
  return ok(repeat(derivation, Buffer.concat([password, salt])).subarray(0, length))
}

/** What a key is for (RFC 7292 §B.3). */
export const purpose = { encryption: 1, iv: 2, mac: 3 } as const

/** RFC 7292 §B.2; the numbers of its steps are in the comments. */
export function derivePkcs12(
  derivation: Derivation & { readonly purpose: 1 | 2 | 3 },
  budget: IterationBudget,
): Derived {
  if (!pay(derivation, budget)) return refuseIterations()
  const { block, digest } = sizes[derivation.hash]
  // 1
  const diversifier = Buffer.alloc(block, derivation.purpose)
  // 2 to 4
  const input = Buffer.concat([fillBlocks(derivation.salt, block), fillBlocks(derivation.password, block)])
  const key: Buffer[] = []
  for (let bytes = 0; bytes < derivation.length; bytes += digest) {
    // 6A
    const part = repeat(derivation, Buffer.concat([diversifier, input]))
    key.push(part)
    // 6B and 6C
    const addend = fillBlocks(part, block).subarray(0, block)
    for (let offset = 0; offset < input.length; offset += block) {
      addOne(input.subarray(offset, offset + block), addend)
    }
  }
  return ok(Buffer.concat(key).subarray(0, derivation.length))
}

function pay({ hash: name, iterations, length }: Derivation, budget: IterationBudget): boolean {
  return budget.spend(iterations, Math.ceil(length / sizes[name].digest))
}

/** In JavaScript, so that the thread can be stopped between any two rounds. */
function repeat({ hash: name, iterations }: Derivation, first: Buffer): Buffer {
  let digest = hash(name, first, 'buffer')
  for (let round = 1; round < Number(iterations); round += 1) digest = hash(name, digest, 'buffer')
  return digest
}

/** Repeated to the end of a block; of nothing, nothing. */
function fillBlocks(bytes: Buffer, block: number): Buffer {
  if (bytes.length === 0) return Buffer.alloc(0)
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** block = (block + addend + 1) mod 2^bits, big endian, in place. */
function addOne(block: Buffer, addend: Buffer): void {
  let carry = 1
  for (let index = block.length - 1; index >= 0; index -= 1) {
    const sum = block.readUInt8(index) + addend.readUInt8(index) + carry
    block.writeUInt8(sum & 0xff, index)
    carry = sum >> 8
  }
}
