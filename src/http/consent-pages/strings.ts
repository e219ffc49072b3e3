import { formatPermission, type Permission } from '../../domain/permission.ts'
import { english } from './english.ts'
import { german } from './german.ts'
import type { Html } from './html.ts'
import type { Language } from './language.ts'
import type { ConsentOutcome } from './views.ts'

/** The application's name, or words that stand for it, in the middle of a sentence. */
export type Subject = Html

export interface OutcomeText {
  readonly heading: string
  readonly paragraphs: (application: Subject) => readonly Html[]
  /** Of the link that goes back to the beginning. */
  readonly retry: string
}

/** Everything that the pages say, in one language. */
export interface Strings {
  readonly theApplication: string
  readonly banner: string
  readonly notMicrosoft: string
  readonly reference: string
  readonly microsoftReference: string
  readonly quoteIt: string
  readonly support: string
  readonly back: (application: Subject) => Html
  readonly landing: LandingText
  readonly departure: { readonly heading: string; readonly text: string; readonly link: string }
  readonly lookAgain: string
  readonly missing: string
  readonly outcomes: Readonly<Record<ConsentOutcome['kind'], OutcomeText>>
  /** By `formatPermission`, in words that need no knowledge of Microsoft's names. */
  readonly permissions: Readonly<Record<string, string>>
}

export interface LandingText {
  readonly title: string
  readonly heading: (application: Subject) => Html
  readonly lead: (application: Subject) => Html
  readonly who: string
  readonly application: string
  readonly clientId: string
  readonly supportTerm: string
  readonly where: string
  readonly directory: string
  readonly directoryId: string
  readonly signIn: string
  readonly what: string
  /** Where no permission is declared here. */
  readonly notNamed: string
  readonly onceApproved: string
  readonly reach: readonly { readonly term: string; readonly text: Html }[]
  readonly next: string
  readonly steps: readonly string[]
  readonly button: string
  readonly nothingYet: string
}

const all: Readonly<Record<Language, Strings>> = { en: english, de: german }

export function stringsOf(language: Language): Strings {
  return all[language]
}

/** Undefined where Microsoft's own name of the permission has to do. */
export function describePermission(permission: Permission, { permissions }: Strings): string | undefined {
  const name = formatPermission(permission)
  return Object.hasOwn(permissions, name) ? permissions[name] : undefined
}
