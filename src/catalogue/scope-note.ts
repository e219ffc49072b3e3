/** A scope for signed-in users whose place application permissions take. */
export function broaderNote(subject: string, permissions: readonly string[]): string {
  return (
    `${subject} is limited to what a signed-in user may reach; ${listed(permissions)} in its place allows more, ` +
    'since no user limits it.'
  )
}

/** A scope that no application permission stands for. `instead` says what can be done about it. */
export function noEquivalentNote(
  scope: string,
  instead = 'leave it out, or get a token of a user elsewhere',
): string {
  return `${scope} works for signed-in users only, and no application permission stands for it; ${instead}.`
}

/** `A`, `A and B`, `A, B and C`. */
export function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')
}
