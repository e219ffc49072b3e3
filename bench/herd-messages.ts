import Type, { type Static } from 'typebox'

/** What the processes of a herd tell each other. */

/** Opens so many connections, to these brokers in turn, in the place of those that were open. */
export const OpenConnections = Type.Object({
  kind: Type.Literal('open_connections'),
  ports: Type.Array(Type.Integer(), { minItems: 1 }),
  count: Type.Integer(),
})
export type OpenConnections = Static<typeof OpenConnections>
export const Opened = Type.Object({})

/** Asks for the tokens of the tenants from `from` up to `to`, each over `each` connections at once. */
export const AskAtOnce = Type.Object({
  kind: Type.Literal('ask_at_once'),
  key: Type.String(),
  from: Type.Integer(),
  to: Type.Integer(),
  each: Type.Integer(),
})
export type AskAtOnce = Static<typeof AskAtOnce>
export const Answered = Type.Object({
  /** Statuses of those who got no token; 0 for a connection that was closed. */
  failures: Type.Array(Type.Integer()),
  /** From the first request until the last reply is complete. */
  milliseconds: Type.Number(),
})
export type Answered = Static<typeof Answered>
