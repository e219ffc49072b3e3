import t, { type Test } from 'tap'
import { type Cell, type Dependency, faults, matrix } from './matrix.ts'

type Proof = (t: Test) => Promise<unknown>

/** A test for each fault of a dependency that is proved in this part, in the words of the matrix. */
export function prove(
  dependency: Dependency,
  part: 'quick' | 'long',
  proofs: Readonly<Record<string, Proof>>,
  skip: string | false = false,
): void {
  const row: Readonly<Record<string, Cell>> = matrix[dependency]
  const expected = faults.filter((fault) => {
    const cell = row[fault]
    return cell !== undefined && 'proof' in cell && cell.proof === part
  })
  t.same(Object.keys(proofs).sort(), [...expected].sort(), 'each cell of this part is proved here')
  for (const [fault, proof] of Object.entries(proofs)) {
    const cell = row[fault]
    const words = cell !== undefined && 'answer' in cell ? `${cell.answer} ${cell.recovery}` : ''
    t.test(`${dependency} ${fault}: ${words}`, { skip }, async (t) => {
      await proof(t)
    })
  }
}
