import Type, { type Static } from 'typebox'

/** So many requests a second for so long, whatever becomes of those before. */
export const SoakLoad = Type.Object({
  kind: Type.Literal('soak_load'),
  port: Type.Integer(),
  key: Type.String(),
  /** Kept alive and used in turn. */
  connections: Type.Integer(),
  /** Asked for in turn, each as often as the others. */
  tenants: Type.Integer(),
  requestsPerSecond: Type.Number(),
  /** Milliseconds. */
  duration: Type.Number(),
})
export type SoakLoad = Static<typeof SoakLoad>

export const Soaked = Type.Object({
  requests: Type.Integer(),
  /** How many, by what was wrong. */
  failures: Type.Record(Type.String(), Type.Integer()),
  requestsPerSecond: Type.Number(),
  /** Milliseconds from when a request was due until its reply was there. */
  p50: Type.Number(),
  p99: Type.Number(),
})
export type Soaked = Static<typeof Soaked>
