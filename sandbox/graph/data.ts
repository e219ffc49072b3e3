/** The people of every directory of the sandbox. A mailbox is found by id, or by its name at any domain. */
export const users = [
  {
    id: '6e7b768e-07e2-4810-8459-485f84f8f204',
    displayName: 'Adele Vance',
    givenName: 'Adele',
    surname: 'Vance',
    jobTitle: 'Retail Manager',
    mail: 'adele@contoso.example',
    userPrincipalName: 'adele@contoso.example',
  },
  {
    id: '4782e723-f4f4-4af3-a76e-25e3bab0d896',
    displayName: 'Alex Wilber',
    givenName: 'Alex',
    surname: 'Wilber',
    jobTitle: 'Marketing Assistant',
    mail: 'alex@contoso.example',
    userPrincipalName: 'alex@contoso.example',
  },
  {
    id: '48d31887-5fad-4d73-a9f5-3c356e68a038',
    displayName: 'Megan Bowen',
    givenName: 'Megan',
    surname: 'Bowen',
    jobTitle: 'Auditor',
    mail: 'megan@contoso.example',
    userPrincipalName: 'megan@contoso.example',
  },
] as const

export type User = (typeof users)[number]

export function findUser(idOrName: string): User | undefined {
  const wanted = idOrName.toLowerCase()
  const name = wanted.split('@')[0]
  return users.find((user) => user.id === wanted || user.userPrincipalName.split('@')[0] === name)
}

export interface Message {
  readonly id: string
  readonly receivedDateTime: string
  readonly subject: string
  readonly from: { readonly emailAddress: { readonly name: string; readonly address: string } }
  readonly isRead: boolean
  readonly bodyPreview: string
  readonly body: { readonly contentType: string; readonly content: string }
}

export function messagesOf(user: User): readonly Message[] {
  const message = (id: string, day: string, sender: User, subject: string, text: string): Message => ({
    id: `AAMkAGI2${id}${user.id.slice(0, 8)}AAA=`,
    receivedDateTime: `${day}T08:15:00Z`,
    subject,
    from: { emailAddress: { name: sender.displayName, address: sender.mail } },
    isRead: id !== '02',
    bodyPreview: text,
    body: { contentType: 'text', content: text },
  })
  const [adele, alex] = users
  return [
    message('02', '2026-03-03', alex, 'Campaign figures', 'The figures of February are in.'),
    message('01', '2026-03-02', adele, 'Welcome', `Good to have you here, ${user.givenName}.`),
  ]
}

export function eventsOf(user: User) {
  const at = (time: string) => ({ dateTime: `2026-03-04T${time}.0000000`, timeZone: 'UTC' })
  return [
    {
      id: `AAMkAGI2E1${user.id.slice(0, 8)}AAA=`,
      subject: 'Weekly review',
      start: at('09:00:00'),
      end: at('09:30:00'),
      organizer: { emailAddress: { name: user.displayName, address: user.mail } },
      isAllDay: false,
    },
  ]
}

export function contactsOf(user: User) {
  return users
    .filter((other) => other.id !== user.id)
    .map((other) => ({
      id: `AAMkAGI2C${other.id.slice(0, 8)}AAA=`,
      displayName: other.displayName,
      givenName: other.givenName,
      surname: other.surname,
      emailAddresses: [{ name: other.displayName, address: other.mail }],
    }))
}

export function organizationOf(directoryId: string) {
  return {
    id: directoryId,
    displayName: 'Contoso',
    tenantType: 'AAD',
    verifiedDomains: [{ name: 'contoso.example', isDefault: true, isInitial: true, type: 'Managed' }],
  }
}
