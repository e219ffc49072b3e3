import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { faults, matrix, type Row } from './matrix.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const rows: readonly (readonly [string, Row])[] = Object.entries(matrix)

t.test('each of eight dependencies has a word on each of ten faults', async (t) => {
  t.equal(rows.length, 8)
  for (const [dependency, row] of rows) t.same(Object.keys(row), faults, dependency)
  t.equal(rows.flatMap(([, row]) => Object.values(row)).length, 80)
})

t.test('what can be is proved, and what cannot be has a reason', async (t) => {
  for (const [dependency, row] of rows) {
    for (const [fault, cell] of Object.entries(row)) {
      const name = `${dependency} ${fault}`
      if ('none' in cell) {
        t.match(cell.none, /\w/, name)
        continue
      }
      const file = dependency.replace('_', '-')
      const { proof } = cell
      const path =
        proof === 'quick'
          ? `test/faults/${file}.test.ts`
          : proof === 'long'
            ? `test/faults/long/${file}.test.ts`
            : proof
      t.ok(existsSync(new URL(`../../${path}`, import.meta.url)), `${name}: ${path}`)
    }
  }
})

t.test('docs/faults.md says the same', async (t) => {
  const text = read('../../docs/faults.md').replaceAll(/ *\| */g, '|')
  for (const [dependency, row] of rows) {
    for (const [fault, cell] of Object.entries(row)) {
      const words = 'none' in cell ? `|${fault}|${cell.none}|` : `|${fault}|${cell.answer}|${cell.recovery}|`
      t.ok(text.includes(words), `${dependency} ${fault}`)
    }
  }
})
