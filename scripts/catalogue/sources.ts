/** Where a file's facts were taken from: a commit of a public repository, or a page. */
export type Source =
  | { readonly repository: string; readonly commit: string; readonly path?: string }
  | { readonly url: string }

/**
 * Reads `owner/name@commit path` or the address of a page out of a citation; nothing where it has neither, or
 * an address with an ellipsis in it.
 */
export function sourceOf(citation: string | undefined): Source[] {
  const match = /([\w.-]+\/[\w.-]+)@([0-9a-f]{40})(?: ([\w./-]*\/[\w.-]+))?/.exec(citation ?? '')
  const [, repository, commit, path] = match ?? []
  if (repository !== undefined && commit !== undefined)
    return [{ repository, commit, ...(path === undefined ? {} : { path }) }]
  const page = /(?:https:\/\/|\()([a-z][a-z-]*(?:\.[a-z-]+)+\/[\w/-]+)(?=[\s)]|$)/.exec(citation ?? '')?.[1]
  return page === undefined ? [] : [{ url: `https://${page}` }]
}

/** Each source once, in order. */
export function distinct(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()]
}
