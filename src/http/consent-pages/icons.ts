import { type Html, html } from './html.ts'

/** How an outcome looks. The heading says the same in words, so pictures are hidden from screen readers. */
export type Tone = 'done' | 'waiting' | 'notice' | 'attention'

const paths: Readonly<Record<Tone, string>> = {
  done: 'M15 25l7 7 12-14',
  waiting: 'M24 14v10l7 5',
  notice: 'M24 22v12M24 14v1',
  attention: 'M24 13v13M24 33v1',
}

export function iconOf(tone: Tone): Html {
  return html`<svg class="icon ${tone}" aria-hidden="true" viewBox="0 0 48 48" width="48" height="48"><circle cx="24" cy="24" r="21" fill="none" stroke="currentColor" stroke-width="2.5"/><path d="${paths[tone]}" fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>`
}
