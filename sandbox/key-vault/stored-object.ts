/** Times are whole seconds since 1970, the only resolution that Key Vault has. */
export type Attributes = {
  readonly enabled: boolean
  readonly nbf: number | undefined
  readonly exp: number | undefined
  readonly created: number
  readonly updated: number
}

/** Never given and given as `{}` are shown differently, so they are kept apart. */
export type Tags = Readonly<Record<string, string>> | undefined

export type Version<Content> = {
  readonly id: string
  readonly content: Content
  readonly attributes: Attributes
  readonly tags: Tags
}

/** What a caller may set on a version; `undefined` leaves it to the vault. */
export type AttributeChange = {
  readonly enabled?: boolean | undefined
  readonly nbf?: number | undefined
  readonly exp?: number | undefined
}

export type Draft<Content> = {
  readonly content: Content
  readonly attributes?: AttributeChange
  readonly tags?: Tags
}

export type Change<Content> = {
  readonly content?: Partial<Content>
  readonly attributes?: AttributeChange
  readonly tags?: Tags
}

/** A version together with the spelling of its name that the first caller used. */
export type Found<Content> = { readonly name: string; readonly version: Version<Content> }

export type Deleted<Content> = Found<Content> & {
  readonly deletedDate: number
  readonly scheduledPurgeDate: number
}

/** Every version of one object, oldest first: what a backup carries. */
export type History<Content> = { readonly name: string; readonly versions: readonly Version<Content>[] }

export function createVersion<Content>(id: string, draft: Draft<Content>, now: number): Version<Content> {
  const { enabled = true, nbf, exp } = draft.attributes ?? {}
  const attributes = { enabled, nbf, exp, created: now, updated: now }
  return { id, content: draft.content, attributes, tags: draft.tags }
}

export function changeVersion<Content>(
  version: Version<Content>,
  change: Change<Content>,
  now: number,
): Version<Content> {
  const { enabled, nbf, exp } = change.attributes ?? {}
  return {
    id: version.id,
    content: { ...version.content, ...change.content },
    attributes: {
      enabled: enabled ?? version.attributes.enabled,
      nbf: nbf ?? version.attributes.nbf,
      exp: exp ?? version.attributes.exp,
      created: version.attributes.created,
      updated: now,
    },
    tags: change.tags ?? version.tags,
  }
}
