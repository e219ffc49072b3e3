import t from 'tap'
import { toDer } from '../../../src/adapters/x509/der.ts'
import { ber, der, integer, sequence } from './der-writer.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

t.test('BER becomes DER', async (t) => {
  const content = Buffer.from('content')
  const expected = sequence(integer(1n), der.octets(content)).toString('hex')
  const written = ber.constructed(0x30, integer(1n), ber.octets(content))
  t.equal(toDer(written)?.toString('hex'), expected, 'indefinite lengths and pieces')
  const pieces = ber.octets(content).subarray(2, -2)
  const twice = ber.constructed(0x24, ber.constructed(0x24, pieces), der.octets(Buffer.from('!')))
  t.equal(toDer(twice)?.toString('latin1'), '\x04\x08content!', 'pieces of pieces')
  t.equal(toDer(hex('30840000000302840000'))?.toString('hex'), undefined, 'what does not fit its holder')
  t.equal(
    toDer(hex('3083000003020101'))?.toString('hex'),
    '3003020101',
    'lengths that are longer than needed',
  )
})

t.test('lengths of every size are written as DER has them', async (t) => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const octets = toDer(der.octets(Buffer.alloc(length)))
    const header = octets?.subarray(0, (octets?.length ?? 0) - length).toString('hex')
    const [short, long] = [length.toString(16).padStart(2, '0'), Buffer.from(length.toString(16))]
    const size = Math.ceil(long.length / 2)
    const digits = length.toString(16).padStart(size * 2, '0')
    t.equal(
      header,
      length < 128 ? `04${short}` : `04${(0x80 | size).toString(16)}${digits}`,
      `${length} bytes`,
    )
  }
})

t.test('what is deeper or has more values than a certificate is not read', async (t) => {
  const nest = (levels: number) =>
    Array.from({ length: levels }).reduce<Buffer>((inner) => sequence(inner), integer(1n))
  t.ok(toDer(nest(31)), '32 levels')
  t.notOk(toDer(nest(32)), '33 levels')
  const values = (count: number) => sequence(...Array.from({ length: count }, () => integer(1n)))
  t.ok(toDer(values(4999)), '5,000 values')
  t.notOk(toDer(values(5000)), '5,001 values')
})

t.test('what is not ASN.1 is not read', async (t) => {
  const wrong = {
    nothing: '',
    'a tag alone': '30',
    'a long tag': '3f8101020101',
    'an end without a beginning': '0000',
    'an end in a definite length': '30020000',
    'a beginning without an end': '3080020101',
    'an end that is not empty': '308002010100010000',
    'an indefinite length of what has no parts': '04800000',
    'a length of five bytes': '30850000000000',
    'a length cut off': '308201',
    'a length beyond the end': '3004020101',
    'a piece that is not an octet string': '2403020101',
  }
  for (const [name, text] of Object.entries(wrong)) t.equal(toDer(hex(text)), undefined, name)
})
