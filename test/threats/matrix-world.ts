import type { Ask, World, WorldApplication, WorldCaller, WorldTenant } from './authorisation-model.ts'

const applications: readonly WorldApplication[] = [
  { id: 'calendar', permissions: ['Calendars.ReadWrite', 'Mail.Read'] },
  {
    id: 'everything',
    permissions: ['Mail.ReadWrite', 'Mail.Send', 'Calendars.ReadWrite', 'outlook:IMAP.AccessAsApp'],
  },
  { id: 'exchange', permissions: ['outlook:IMAP.AccessAsApp', 'outlook:POP.AccessAsApp'] },
  { id: 'keyless', permissions: ['Mail.ReadBasic.All'], withoutCredential: true },
  { id: 'reader', permissions: ['Mail.Read'] },
  { id: 'writer', permissions: ['Mail.ReadWrite', 'Mail.Send'] },
]

const [eu, us] = [{ region: 'eu' }, { region: 'us', plan: 'pro' }]
const all = applications.find(({ id }) => id === 'everything')?.permissions ?? []
const imap = 'outlook:IMAP.AccessAsApp'

const tenants: readonly WorldTenant[] = [
  { id: 'plain', applications: ['reader'], consents: { reader: ['Mail.Read'] } },
  { id: 'whole', labels: eu, applications: ['everything'], consents: { everything: all } },
  { id: 'half', labels: eu, applications: ['writer'], consents: { writer: ['Mail.Read'] } },
  {
    id: 'half-warned',
    labels: us,
    role_check: 'warn',
    applications: ['writer'],
    consents: { writer: ['Mail.Send'] },
  },
  { id: 'none', labels: us, applications: ['reader'], consents: {} },
  { id: 'none-warned', labels: eu, role_check: 'warn', applications: ['reader'], consents: {} },
  { id: 'empty', labels: eu, applications: ['reader'], consents: { reader: [] } },
  { id: 'empty-warned', role_check: 'warn', applications: ['writer'], consents: { writer: [] } },
  { id: 'off', enabled: false, labels: us, applications: ['reader'], consents: { reader: ['Mail.Read'] } },
  {
    id: 'two',
    labels: { region: 'us', plan: 'free' },
    applications: ['reader', 'everything'],
    consents: { reader: ['Mail.Read'], everything: all },
  },
  {
    id: 'two-one-absent',
    labels: us,
    applications: ['reader', 'writer'],
    consents: { writer: ['Mail.ReadWrite', 'Mail.Send'] },
  },
  {
    id: 'three',
    labels: eu,
    applications: ['calendar', 'exchange', 'writer'],
    consents: {
      calendar: ['Calendars.ReadWrite', 'Mail.Read'],
      exchange: [imap],
      writer: ['Mail.ReadWrite', 'Mail.Send'],
    },
  },
  {
    id: 'two-absent',
    applications: ['calendar', 'everything', 'reader'],
    consents: { everything: all },
  },
  { id: 'mail-box', labels: us, applications: ['exchange'], consents: { exchange: [imap] } },
  {
    id: 'keyless-first',
    labels: eu,
    applications: ['keyless', 'everything'],
    consents: { keyless: ['Mail.ReadBasic.All'], everything: all },
  },
  { id: 'sealed', opaque: true, applications: ['reader'], consents: { reader: ['Mail.Read'] } },
  {
    id: 'sealed-warned',
    labels: us,
    opaque: true,
    role_check: 'warn',
    applications: ['everything'],
    consents: { everything: ['Mail.Read'] },
  },
  {
    id: 'more-than-declared',
    labels: { region: 'eu', plan: 'pro' },
    applications: ['reader', 'calendar'],
    consents: { reader: ['Mail.ReadWrite', 'Contacts.Read', imap], calendar: ['Mail.Read'] },
  },
  { id: 'off-too', enabled: false, labels: eu, applications: ['everything'], consents: { everything: all } },
]

const mail = ['Mail.Read']
const wide = [...all, 'outlook:POP.AccessAsApp', 'Contacts.Read', 'MailTips.ReadBasic.All']

const callers: readonly WorldCaller[] = [
  { id: 'ungranted', grants: [] },
  { id: 'all-mail', grants: [{ tenants: '*', permissions: mail }] },
  { id: 'all-mail-any', grants: [{ tenants: '*', permissions: mail, excess: 'allow' }] },
  { id: 'all-wide', grants: [{ tenants: '*', permissions: wide }] },
  { id: 'all-wide-any', grants: [{ tenants: '*', permissions: wide, excess: 'allow' }] },
  { id: 'plain-alone', grants: [{ tenants: { ids: ['plain'] }, permissions: mail }] },
  { id: 'by-ids', grants: [{ tenants: { ids: ['two', 'three', 'sealed', 'none'] }, permissions: wide }] },
  { id: 'eu-mail', grants: [{ tenants: { labels: eu }, permissions: mail }] },
  { id: 'us-wide', grants: [{ tenants: { labels: { region: 'us' } }, permissions: wide, excess: 'allow' }] },
  { id: 'us-pro', grants: [{ tenants: { labels: us }, permissions: ['Mail.ReadWrite', 'Mail.Send'] }] },
  { id: 'no-such-label', grants: [{ tenants: { labels: { region: 'mars' } }, permissions: wide }] },
  {
    id: 'two-grants',
    grants: [
      { tenants: { ids: ['two', 'half', 'plain'] }, permissions: mail },
      { tenants: { labels: eu }, permissions: ['Mail.Send', 'Calendars.ReadWrite'], excess: 'allow' },
    ],
  },
  {
    id: 'crossed-grants',
    grants: [
      { tenants: '*', permissions: ['Calendars.Read'] },
      { tenants: { ids: ['whole', 'half-warned', 'sealed-warned'] }, permissions: mail, excess: 'allow' },
    ],
  },
  { id: 'basic', grants: [{ tenants: '*', permissions: ['Mail.ReadBasic.All'], excess: 'allow' }] },
  { id: 'writer-grant', grants: [{ tenants: '*', permissions: ['Mail.ReadWrite'] }] },
  { id: 'exchange-grant', grants: [{ tenants: '*', permissions: [imap, 'outlook:POP.AccessAsApp'] }] },
  {
    id: 'exchange-mail',
    grants: [{ tenants: '*', permissions: ['outlook:full_access_as_app'], excess: 'allow' }],
  },
  { id: 'switched-off', enabled: false, grants: [{ tenants: '*', permissions: wide, excess: 'allow' }] },
  { id: 'an-operator', role: 'operator', grants: [{ tenants: { ids: ['whole'] }, permissions: wide }] },
  { id: 'an-auditor', role: 'auditor', grants: [{ tenants: '*', permissions: wide, excess: 'allow' }] },
]

export const matrixWorld: World = { applications, tenants, callers }

/** One that is not registered stands among them, for whatever everybody else's is answered. */
export const tenantNames: readonly string[] = [...tenants.map(({ id }) => id), 'nobody']

/** Ten ways to ask, with what they stand for. */
export const asks: readonly { readonly scopes: readonly string[]; readonly ask: Ask }[] = [
  { scopes: ['Mail.Read'], ask: { permissions: ['Mail.Read'] } },
  { scopes: ['mail.readwrite'], ask: { permissions: ['Mail.ReadWrite'] } },
  { scopes: ['Mail.Send Mail.Read'], ask: { permissions: ['Mail.Read', 'Mail.Send'] } },
  { scopes: ['Mail.ReadBasic.All'], ask: { permissions: ['Mail.ReadBasic.All'] } },
  {
    scopes: ['https://graph.microsoft.com/Mail.Read', 'Calendars.ReadWrite', 'openid'],
    ask: { permissions: ['Calendars.ReadWrite', 'Mail.Read'] },
  },
  { scopes: ['MailTips.ReadBasic.All'], ask: { permissions: ['MailTips.ReadBasic.All'] } },
  { scopes: [imap], ask: { permissions: [imap] } },
  { scopes: ['Mail.Read', imap], ask: { refused: 'mixed_resources' } },
  { scopes: ['Mail.Read', 'Mail.Raed'], ask: { refused: 'unknown_scope' } },
  { scopes: ['openid'], ask: { refused: 'no_permission_requested' } },
]
