import { auditFaults, clockFaults, overloadFaults, processFaults } from './matrix-broker.ts'
import { databaseFaults, entraFaults, keyVaultFaults, redisFaults } from './matrix-services.ts'

export const faults = [
  'slow',
  'hung',
  'refused',
  'reset',
  'throttled',
  'failing',
  'nonsense',
  'oversized',
  'misdirected',
  'flapping',
] as const
export type Fault = (typeof faults)[number]

/** What must happen, and where it is proved; or why the fault cannot be. */
export type Cell =
  | {
      readonly answer: string
      readonly recovery: string
      /** `quick` with `npm test`, `long` with `npm run test:long`; else the test that has it already. */
      readonly proof: 'quick' | 'long' | `test/${string}.test.ts`
    }
  | { readonly none: string }

export type Row = Readonly<Record<Fault, Cell>>

/** Every dependency and every fault: docs/faults.md says the same. */
export const matrix = {
  entra: entraFaults,
  key_vault: keyVaultFaults,
  database: databaseFaults,
  redis: redisFaults,
  audit: auditFaults,
  clock: clockFaults,
  overload: overloadFaults,
  process: processFaults,
} as const satisfies Readonly<Record<string, Row>>
export type Dependency = keyof typeof matrix
