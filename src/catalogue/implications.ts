import type { Permission } from '../domain/permission.ts'
import implications from './data/implications.json' with { type: 'json' }

/** `high`: Microsoft's texts agree. `medium`: one source says so and none contradicts; includes `high`. */
export type Confidence = 'high' | 'medium'

type Closure = ReadonlyMap<string, ReadonlySet<string>>

// Only Graph publishes enough to tell: the roles of Exchange Online imply nothing but themselves.
const closures: Readonly<Record<Confidence, Closure>> = {
  high: closure(implications.edges.filter(({ confidence }) => confidence === 'high')),
  medium: closure(implications.edges),
}

function closure(edges: readonly { readonly granted: string; readonly covers: string }[]): Closure {
  const direct = Map.groupBy(edges, ({ granted }) => granted)
  const reach = (granted: string): ReadonlySet<string> => {
    const reached = new Set<string>()
    const open = [granted]
    for (const from of open) {
      for (const { covers: to } of direct.get(from) ?? []) {
        if (reached.has(to)) continue
        reached.add(to)
        open.push(to)
      }
    }
    return reached
  }
  return new Map([...direct.keys()].map((granted) => [granted, reach(granted)]))
}

/**
 * Whether what is granted allows all that `wanted` allows, on every path. Values are compared as Microsoft
 * writes them. `Mail.ReadWrite` covers `Mail.Read` and never `Mail.Send`.
 */
export function covers(granted: Iterable<Permission>, wanted: Permission, confidence: Confidence): boolean {
  for (const { resource, value } of granted) {
    if (resource !== wanted.resource) continue
    if (value === wanted.value) return true
    if (resource === 'graph' && closures[confidence].get(value)?.has(wanted.value)) return true
  }
  return false
}

/** How many permissions these come to, with all that they allow besides: the measure of how broad a token is. */
export function breadth(granted: Iterable<Permission>, confidence: Confidence): number {
  const allowed = new Set<string>()
  for (const { resource, value } of granted) {
    allowed.add(`${resource} ${value}`)
    if (resource !== 'graph') continue
    for (const covered of closures[confidence].get(value) ?? []) allowed.add(`graph ${covered}`)
  }
  return allowed.size
}
