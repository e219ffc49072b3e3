import { isRecord } from '../entra/jwt.ts'
import { contactsOf, eventsOf, findUser, messagesOf, organizationOf, type User, users } from './data.ts'
import { type deniedBy, type GraphError, invalidUser } from './errors.ts'

export interface GraphCall {
  readonly directoryId: string
  readonly roles: ReadonlySet<string>
  /** The `{id}` of the path, where it has one. */
  readonly user: string
  readonly query: URLSearchParams
  readonly body: unknown
}

/** One path of Graph, the roles that open it (any one is enough), and who refuses. */
export interface Operation {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly roles: readonly string[]
  readonly refusedBy: keyof typeof deniedBy
  /** Undefined is Graph's empty 202. */
  answer(call: GraphCall): object | GraphError | undefined
}

const root = 'https://graph.microsoft.com/v1.0/$metadata#'
const calendarRoles = ['Calendars.Read', 'Calendars.ReadWrite']
const fullMailRoles = ['Mail.Read', 'Mail.ReadWrite']

export const operations: readonly Operation[] = [
  mailbox('messages', [...fullMailRoles, 'Mail.ReadBasic.All', 'Mail.ReadBasic'], (user, { roles }) => {
    if (fullMailRoles.some((role) => roles.has(role))) return messagesOf(user)
    return messagesOf(user).map(({ body: _body, bodyPreview: _preview, ...basic }) => basic)
  }),
  mailbox('events', calendarRoles, eventsOf),
  mailbox('calendarView', calendarRoles, (user, { query }) =>
    query.has('startDateTime') && query.has('endDateTime') ? eventsOf(user) : missingWindow,
  ),
  mailbox('contacts', ['Contacts.Read', 'Contacts.ReadWrite'], contactsOf),
  {
    method: 'POST',
    url: '/users/:user/sendMail',
    roles: ['Mail.Send'],
    refusedBy: 'exchange',
    answer: ({ user, body }) => {
      if (findUser(user) === undefined) return invalidUser(user)
      return hasRecipient(body) ? undefined : invalidRecipients
    },
  },
  {
    method: 'GET',
    url: '/users',
    roles: [
      'User.Read.All',
      'User.ReadBasic.All',
      'User.ReadWrite.All',
      'Directory.Read.All',
      'Directory.ReadWrite.All',
    ],
    refusedBy: 'directory',
    answer: () => ({ '@odata.context': `${root}users`, value: users }),
  },
  {
    method: 'GET',
    url: '/organization',
    roles: [
      'Organization.Read.All',
      'Organization.ReadWrite.All',
      'Directory.Read.All',
      'Directory.ReadWrite.All',
    ],
    refusedBy: 'directory',
    answer: ({ directoryId }) => ({
      '@odata.context': `${root}organization`,
      value: [organizationOf(directoryId)],
    }),
  },
]

const missingWindow: GraphError = {
  status: 400,
  code: 'ErrorInvalidParameter',
  message:
    'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
}

const invalidRecipients: GraphError = {
  status: 400,
  code: 'ErrorInvalidRecipients',
  message: 'At least one recipient is not valid.',
}

/** A collection in one person's mailbox. */
function mailbox(
  name: string,
  roles: readonly string[],
  list: (user: User, call: GraphCall) => readonly object[] | GraphError,
): Operation {
  return {
    method: 'GET',
    url: `/users/:user/${name}`,
    roles,
    refusedBy: 'exchange',
    answer(call) {
      const user = findUser(call.user)
      if (user === undefined) return invalidUser(call.user)
      const value = list(user, call)
      if (!Array.isArray(value)) return value
      return { '@odata.context': `${root}users('${encodeURIComponent(call.user)}')/${name}`, value }
    },
  }
}

function hasRecipient(body: unknown): boolean {
  const message = isRecord(body) ? body['message'] : undefined
  const recipients = isRecord(message) ? message['toRecipients'] : undefined
  return Array.isArray(recipients) && recipients.length > 0
}
