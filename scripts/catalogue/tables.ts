import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'

/*
 * The gathered tables, as far as the catalogue takes anything from them. Members that are not named here are
 * research: they are read by nobody.
 */

const Texts = Type.Record(Type.String(), Type.String())
const Names = Type.Array(Type.String())

const Row = Type.Object({
  permissions: Names,
  resource: Type.Optional(Type.String()),
  fidelity: Type.String(),
  aliasOf: Type.Optional(Type.String()),
  requires: Type.Optional(Names),
  evidence: Type.Optional(Type.String()),
  note: Type.Optional(Type.String()),
  source: Type.String(),
  aadGraphApplicationId: Type.Optional(Type.String()),
})
const Rows = Type.Optional(Type.Record(Type.String(), Row))
/** One scope of a dialect as the tables have it. */
export type Row = Static<typeof Row>

const Category = Type.Object({
  aliases: Type.Optional(Names),
  scopes: Names,
  permissions: Names,
  readOnly: Names,
  source: Type.String(),
})
/** A group of a platform's methods that is asked for as a whole. */
export type Category = Static<typeof Category>

const DialectRows = Type.Object({
  title: Type.String(),
  scopes: Rows,
  categories: Type.Optional(Type.Record(Type.String(), Category)),
  /** Another spelling, and the Graph name that it means. */
  aliases: Type.Optional(Texts),
  aliasSource: Type.Optional(Type.String()),
  /** Names of Azure AD Graph. */
  aadGraph: Rows,
  /** A sentence that names `https://outlook.office.com/a|b|c`, which mean the Graph permissions of that name. */
  outlookUris: Type.Optional(Type.String()),
  /** Graph's permissions for signed-in users that have no application permission of their name. */
  delegatedOnly: Rows,
})
export type DialectRows = Static<typeof DialectRows>

const GraphTable = Type.Object({
  meta: Type.Object({
    source: Type.Object({ repo: Type.String(), commit: Type.String(), files: Names }),
  }),
  permissions: Type.Array(
    Type.Object({
      value: Type.String(),
      applicationId: Type.Optional(Type.String()),
      enabled: Type.Optional(Type.Boolean()),
      displayName: Type.String(),
    }),
  ),
})
const DialectTable = Type.Object({
  meta: Type.Object({ sources: Texts }),
  resources: Type.Record(Type.String(), Type.Object({ appId: Type.String(), uris: Names })),
  dialects: Type.Record(Type.String(), DialectRows),
})
const ImplicationTable = Type.Object({
  meta: Type.Object({ sources: Texts }),
  edges: Type.Array(
    Type.Object({
      superset: Type.String(),
      subset: Type.String(),
      kind: Type.String(),
      confidence: Type.String(),
    }),
  ),
  nonImplications: Type.Array(Type.Object({ granted: Type.String(), requested: Type.String() })),
})
const ResourceTable = Type.Object({
  outlookAppRoles: Type.Array(
    Type.Object({ value: Type.String(), id: Type.String(), displayName: Type.String() }),
  ),
  cloudSources: Texts,
})

export interface Tables {
  readonly graph: Static<typeof GraphTable>
  readonly dialects: Static<typeof DialectTable>
  readonly implications: Static<typeof ImplicationTable>
  readonly resources: Static<typeof ResourceTable>
}

export async function readTables(folder: string): Promise<Tables> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8'))
  return {
    graph: Value.Parse(GraphTable, await read('graph-permissions.json')),
    dialects: Value.Parse(DialectTable, await read('dialects.json')),
    implications: Value.Parse(ImplicationTable, await read('implications.json')),
    resources: Value.Parse(ResourceTable, await read('resources.json')),
  }
}

export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the tables lack ${what}`)
  return value
}
