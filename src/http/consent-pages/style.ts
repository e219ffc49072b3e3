import { createHash } from 'node:crypto'

/** Colours are named once per scheme; test/http/consent-pages.test.ts computes their contrast. */
export const stylesheet = `:root {
  color-scheme: light dark;
  --page: #f3f5f8;
  --card: #ffffff;
  --soft: #eef3fa;
  --ink: #1a2230;
  --muted: #4a5568;
  --link: #0b57a4;
  --action: #0b57a4;
  --action-hover: #084482;
  --on-action: #ffffff;
  --line: #d5dbe5;
  --focus: #0b57a4;
  --done: #17693a;
  --attention: #8f4700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151d;
    --card: #18202b;
    --soft: #202c3b;
    --ink: #e8edf4;
    --muted: #b3bfce;
    --link: #8ec2ff;
    --action: #8ec2ff;
    --action-hover: #b5d7ff;
    --on-action: #0b1a2c;
    --line: #354457;
    --focus: #8ec2ff;
    --done: #7fd6a0;
    --attention: #ffbf7d;
  }
}
*, ::before, ::after { box-sizing: border-box }
body {
  margin: 0 auto;
  max-width: 44rem;
  padding: 1.5rem 1rem 3rem;
  background: var(--page);
  color: var(--ink);
  font: 1rem/1.6 system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  overflow-wrap: anywhere;
}
header p { display: flex; align-items: center; gap: .6rem; margin: 0 0 1rem; color: var(--muted); font-weight: 600 }
header svg { flex: none; color: var(--link) }
main {
  padding: clamp(1.25rem, 5vw, 2.75rem);
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: .75rem;
}
main > :first-child { margin-top: 0 }
main > :last-child { margin-bottom: 0 }
h1 { margin: 0 0 1rem; font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.25; font-weight: 650; text-wrap: balance }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.2rem; line-height: 1.35; font-weight: 650 }
p { margin: 0 0 1rem }
.lead { font-size: 1.1rem; color: var(--muted) }
a { color: var(--link); text-underline-offset: .2em }
code { font: .9em ui-monospace, 'Cascadia Mono', Consolas, Menlo, monospace }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; border-radius: .2rem }
dl { margin: 0 0 1rem }
dl div { display: grid; grid-template-columns: minmax(12.5rem, 1fr) 2fr; gap: 0 1rem; padding: .5rem 0 }
main dl div { border-bottom: 1px solid var(--line) }
main dl div:first-child { border-top: 1px solid var(--line) }
dt { color: var(--muted) }
dd { margin: 0 }
ul, ol { margin: 0 0 1rem; padding-left: 1.4rem }
li { margin-bottom: .5rem }
.permissions { padding: 0; list-style: none; border-top: 1px solid var(--line) }
.permissions li { margin: 0; padding: .75rem 0; border-bottom: 1px solid var(--line) }
.permissions strong { display: block; font-weight: 600 }
.permissions li > span { color: var(--muted); font-size: .925rem }
.reach { padding: 1.25rem 1.25rem .75rem 2.5rem; background: var(--soft); border-left: 4px solid var(--link); border-radius: .4rem }
form { margin: 2rem 0 0 }
form p { margin: 1rem 0 0; color: var(--muted) }
button, .button {
  display: inline-block;
  min-height: 2.75rem;
  padding: .65rem 1.6rem;
  border: 1px solid transparent;
  border-radius: .4rem;
  background: var(--action);
  color: var(--on-action);
  font: inherit;
  font-weight: 600;
  line-height: 1.4;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { background: var(--action-hover) }
.links { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1.75rem; margin: 2rem 0 0; padding: 0; list-style: none }
.links li { margin: 0 }
.icon { display: block; margin-bottom: 1.25rem; color: var(--link) }
.icon.done { color: var(--done) }
.icon.attention { color: var(--attention) }
footer { margin: 1.5rem .25rem 0; color: var(--muted); font-size: .9rem }
footer dl { margin-bottom: .5rem }
footer dl div { padding: .1rem 0 }
footer p { margin-bottom: .5rem }
@media (max-width: 32rem) {
  body { padding: 1rem .75rem 2rem; hyphens: auto }
  code, bdi { hyphens: none }
  dl div { grid-template-columns: 1fr }
  button, .button, .links li { width: 100% }
  .reach { padding-left: 2rem }
}
@media (prefers-reduced-motion: no-preference) {
  .icon.waiting { animation: breathe 2.4s ease-in-out infinite }
  button, .button, .links a { transition: background-color .15s }
}
@keyframes breathe { 50% { opacity: .45 } }
@media (forced-colors: active) {
  button, .button { border-color: currentColor }
}
`

const hash = createHash('sha256').update(stylesheet).digest('hex').slice(0, 16)

/** Its name changes with its content, so that browsers may keep it for good. */
export const stylesheetPath = `/consent/assets/consent.${hash}.css`
