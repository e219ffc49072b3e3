export type Members = Readonly<Record<string, unknown>>

/** The members of a JSON object; none where the value is something else, so that the comparison after it fails. */
export function members(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** The objects of a JSON list. */
export function items(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(members) : []
}
