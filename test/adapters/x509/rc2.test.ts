import t from 'tap'
import { decryptRc2Cbc } from '../../../src/adapters/x509/rc2.ts'

const long = '88bca90e90875a7f0f79c384627bafb2'

/** RFC 2268 §5 */
const vectors = [
  { bits: 63, key: '0000000000000000', plain: '0000000000000000', cipher: 'ebb773f993278eff' },
  { bits: 64, key: 'ffffffffffffffff', plain: 'ffffffffffffffff', cipher: '278b27e42e2f0d49' },
  { bits: 64, key: '3000000000000000', plain: '1000000000000001', cipher: '30649edf9be7d2c2' },
  { bits: 64, key: '88', plain: '0000000000000000', cipher: '61a8a244adacccf0' },
  { bits: 64, key: '88bca90e90875a', plain: '0000000000000000', cipher: '6ccf4308974c267f' },
  { bits: 64, key: long, plain: '0000000000000000', cipher: '1a807d272bbe5db1' },
  { bits: 128, key: long, plain: '0000000000000000', cipher: '2269552ab0f85ca6' },
  {
    bits: 129,
    key: `${long}16f80a6f85920584c42fceb0be255daf1e`,
    plain: '0000000000000000',
    cipher: '5b78d3a43dfff1f1',
  },
]

t.test('RC2 decrypts the vectors of RFC 2268', async (t) => {
  for (const { bits, key, plain, cipher } of vectors) {
    const iv = Buffer.alloc(8)
    const decrypted = decryptRc2Cbc(Buffer.from(key, 'hex'), bits, iv, Buffer.from(cipher, 'hex'))
    t.equal(decrypted.toString('hex'), plain, `${bits} bits of ${key}`)
  }
})

t.test('each block is chained to the one before it', async (t) => {
  const [vector] = vectors
  const key = Buffer.from(vector?.key ?? '', 'hex')
  const block = Buffer.from(vector?.cipher ?? '', 'hex')
  const iv = Buffer.from('0102030405060708', 'hex')
  const plain = decryptRc2Cbc(key, 63, iv, Buffer.concat([block, block]))
  t.equal(plain.toString('hex'), `0102030405060708${block.toString('hex')}`)
})
