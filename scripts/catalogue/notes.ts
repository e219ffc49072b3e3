import { broaderNote, listed, noEquivalentNote } from '../../src/catalogue/scope-note.ts'
import type { Category } from './tables.ts'

/** What no rule can say of a scope, keyed by dialect and scope. */
const written = new Map([
  [
    'aurinko Mail.Drafts',
    'Microsoft Graph has no permission for drafts alone: Mail.Drafts allows more, since it makes all mail ' +
      'readable, writable and sendable.',
  ],
  [
    'aurinko Mail.All',
    'Aurinko does not publish what Mail.All stands for; it is read as reading, writing and sending.',
  ],
  [
    'aurinko Tasks.Read',
    'The application permission for Tasks.Read is called Tasks.Read.All in Microsoft Graph.',
  ],
  [
    'aurinko Tasks.ReadWrite',
    'The application permission for Tasks.ReadWrite is called Tasks.ReadWrite.All in Microsoft Graph.',
  ],
  ['cyclr File.Read', broaderNote('Cyclr writes File.Read for Files.Read, which', ['Files.Read.All'])],
  [
    'cyclr File.ReadWrite',
    broaderNote('Cyclr writes File.ReadWrite for Files.ReadWrite, which', ['Files.ReadWrite.All']),
  ],
  ['cyclr File.Read.All', 'Cyclr writes File.Read.All for Files.Read.All of Microsoft Graph.'],
  ['cyclr File.ReadWrite.All', 'Cyclr writes File.ReadWrite.All for Files.ReadWrite.All of Microsoft Graph.'],
  [
    'graph Notes.Create',
    'Notes.Create only makes notebooks of a signed-in user; Notes.ReadWrite.All in its place allows more: ' +
      'reading and changing those of everyone.',
  ],
  [
    'graph Notes.ReadWrite.CreatedByApp',
    'Notes.ReadWrite.CreatedByApp is deprecated and limited to what the application made for a signed-in user; ' +
      'Notes.ReadWrite.All in its place allows more: the notebooks of everyone.',
  ],
  [
    'graph PrintJob.Create',
    'PrintJob.Create only makes print jobs of a signed-in user; PrintJob.ReadWrite.All in its place allows ' +
      'more: reading and changing those of everyone.',
  ],
  [
    'graph User.Read',
    'User.Read is limited to the profile of a signed-in user; User.Read.All in its place allows more: reading ' +
      'every profile, where User.ReadBasic.All is enough for names, mail addresses and photos.',
  ],
  [
    'graph User.ReadWrite',
    'User.ReadWrite is limited to the profile of a signed-in user; User.ReadWrite.All in its place allows more: ' +
      'changing every profile.',
  ],
  [
    'graph offline_access',
    'offline_access brings nothing here: there is no refresh token without a signed-in user.',
  ],
])

/** What to do instead where only a signed-in user can do something. */
const instead = new Map([
  ['AppCatalog.Submit', 'AppCatalog.ReadWrite.All publishes at once, without a review'],
  ['ChannelMessage.Edit', 'ChannelMessage.UpdatePolicyViolation.All exists for data loss prevention only'],
  ['ChannelMessage.ReadWrite', 'ChannelMessage.Read.All reads, and nothing writes'],
  ['ChannelMessage.Send', 'Teamwork.Migrate.All only imports messages of another system'],
  ['ChatMessage.Send', 'Teamwork.Migrate.All only imports messages of another system'],
  ['Device.Command', "it is about that user's own devices"],
  ['Directory.AccessAsUser.All', 'name what the service really does, like Directory.Read.All'],
  ['EAS.AccessAsUser.All', 'use Microsoft Graph in place of Exchange ActiveSync, with Mail.Read for example'],
  ['Files.Read.Selected', 'Files.SelectedOperations.Selected is something else, granted file by file'],
  ['Files.ReadWrite.Selected', 'Files.SelectedOperations.Selected is something else, granted file by file'],
])

export function writtenNote(dialect: string, scope: string): string | undefined {
  return written.get(`${dialect} ${scope}`)
}

/** Why nothing stands for the scope, where there is more to say than of any other such scope. */
export function insteadNote(scope: string, sameCalls: readonly string[]): string | undefined {
  const calls =
    sameCalls.length === 0
      ? undefined
      : `for applications Microsoft lists ${listed(sameCalls)} on some of the same calls`
  const known = instead.get(scope) ?? calls
  return known === undefined ? undefined : noEquivalentNote(scope, known)
}

/** A name that may be meant of Azure AD Graph. */
export function retiredNote(
  scope: string,
  permissions: readonly string[],
  fidelity: string,
): string | undefined {
  if (fidelity === 'no-equivalent') return insteadNote(scope, [])
  const granted =
    fidelity === 'broader'
      ? ', which has to be granted there and allows more, since no user limits it'
      : ' and has to be granted there'
  const enough = scope === 'Directory.Read.All' ? '; to read users only, User.Read.All is enough' : ''
  return (
    `Azure AD Graph is retired: where its ${scope} is meant, ${listed(permissions)} of Microsoft Graph takes its ` +
    `place${granted}${enough}.`
  )
}

/** A scope that asks for the permissions of another one too. */
export function requiresNote(scope: string, others: readonly string[], permissions: readonly string[]) {
  return `${scope} brings ${listed(permissions)} of ${listed(others)} with it, which it cannot do without.`
}

export function categoryNote(scope: string, category: Category, isBroader: boolean): string {
  const { permissions, readOnly } = category
  const more = isBroader ? ', which allow more than the scopes in it, since no user limits them' : ''
  const sends = permissions.includes('Mail.ReadWrite') ? ', and to send, for Mail.Send' : ''
  return `${scope} stands for ${listed(permissions)}${more}; to read only, ask for ${listed(readOnly)}${sends}.`
}

export function aliasNote(title: string, scope: string, meant: string): string {
  return `${title} writes ${scope} for ${meant} of Microsoft Graph.`
}

export function movedNote(title: string, scope: string, permission: string): string {
  return `${title} asks Exchange Online for ${scope}; ${permission} of Microsoft Graph takes its place.`
}
