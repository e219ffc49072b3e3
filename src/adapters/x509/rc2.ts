/** PITABLE (RFC 2268 §2) */
const permutation = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)
const rotations = [1, 2, 3, 5] as const
const blockBytes = 8

/**
 * RC2 in CBC mode, decryption alone (RFC 2268): Windows and older OpenSSL encrypt the certificates in PKCS#12
 * so, and OpenSSL 3 has left it out. It is weak, so that nothing is ever written with it. The padding stays.
 * `data` is a multiple of 8 bytes.
 */
export function decryptRc2Cbc(key: Buffer, effectiveBits: number, iv: Buffer, data: Buffer): Buffer {
  const schedule = expandKey(key, effectiveBits)
  const plain = Buffer.alloc(data.length)
  let previous = iv
  for (let offset = 0; offset < data.length; offset += blockBytes) {
    const block = data.subarray(offset, offset + blockBytes)
    const decrypted = decryptBlock(schedule, block)
    for (let index = 0; index < blockBytes; index += 1) {
      plain.writeUInt8(decrypted.readUInt8(index) ^ previous.readUInt8(index), offset + index)
    }
    previous = block
  }
  return plain
}

/** 64 words of 16 bits, little endian (RFC 2268 §2). */
function expandKey(key: Buffer, effectiveBits: number): Buffer {
  const schedule = Buffer.alloc(128)
  key.copy(schedule)
  const substitute = (index: number, value: number) =>
    schedule.writeUInt8(permutation.readUInt8(value & 0xff), index)
  for (let index = key.length; index < 128; index += 1) {
    substitute(index, schedule.readUInt8(index - 1) + schedule.readUInt8(index - key.length))
  }
  const effectiveBytes = Math.ceil(effectiveBits / 8)
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits)
  substitute(128 - effectiveBytes, schedule.readUInt8(128 - effectiveBytes) & mask)
  for (let index = 127 - effectiveBytes; index >= 0; index -= 1) {
    substitute(index, schedule.readUInt8(index + 1) ^ schedule.readUInt8(index + effectiveBytes))
  }
  return schedule
}

/** RFC 2268 §4 */
function decryptBlock(schedule: Buffer, block: Buffer): Buffer {
  const words = Buffer.from(block)
  const word = (index: number) => words.readUInt16LE(2 * (index & 3))
  const subtract = (index: number, from: number, value: number) =>
    words.writeUInt16LE((from - value) & 0xffff, 2 * index)
  const keyWord = (index: number) => schedule.readUInt16LE(2 * index)
  let next = 63
  const mix = () => {
    for (let index = 3; index >= 0; index -= 1) {
      const turn = rotations[index] ?? 0
      const turned = (word(index) >> turn) | (word(index) << (16 - turn))
      const choice = (word(index + 3) & word(index + 2)) + (~word(index + 3) & word(index + 1) & 0xffff)
      subtract(index, turned, keyWord(next) + choice)
      next -= 1
    }
  }
  const mash = () => {
    for (let index = 3; index >= 0; index -= 1) {
      subtract(index, word(index), keyWord(word(index + 3) & 63))
    }
  }
  for (const rounds of [5, 6, 5]) {
    for (let round = 0; round < rounds; round += 1) mix()
    if (next >= 0) mash()
  }
  return words
}
