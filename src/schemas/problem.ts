import Type from 'typebox'
import { Closed, Words } from './common.ts'

/** Scopes that no application permission stands for. */
export const UnmappedScopes = Type.Array(
  Closed({
    scope: Type.String(),
    reason: Words(['unknown', 'no_equivalent'], {
      description: '`no_equivalent`: it is a known scope, and no permission for applications is like it.',
    }),
    suggestions: Type.Array(Type.String(), { description: 'The nearest names, for one that is unknown.' }),
    note: Type.Optional(Type.String({ description: 'Why nothing stands for it, and what to do instead.' })),
  }),
  { description: 'Scopes that no application permission stands for.' },
)

/** RFC 9457, with the members that the broker adds. */
export const Problem = Closed(
  {
    type: Type.String({ description: 'A URI that names the kind of problem.' }),
    title: Type.String({ description: 'What this kind of problem is; always the same for one `code`.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    detail: Type.String({ description: 'What went wrong this time.' }),
    instance: Type.String({ description: 'The id of the request, as it stands in the logs and the audit.' }),
    code: Type.String({ description: 'What programs decide by.', examples: ['consent_missing'] }),
    hint: Type.Optional(Type.String({ description: 'What to do next.' })),
    errors: Type.Optional(
      Type.Array(
        Closed({
          pointer: Type.String({ description: 'Where.' }),
          detail: Type.String({ description: 'What is wrong there.' }),
        }),
        {
          description:
            'Every fault of the request; `pointer` is a JSON Pointer (RFC 6901) or names a parameter.',
        },
      ),
    ),
    unmapped: Type.Optional(UnmappedScopes),
    permissions: Type.Optional(
      Type.Array(Type.String(), { description: 'The permissions that this is about.' }),
    ),
    missing_permissions: Type.Optional(
      Type.Array(Type.String(), { description: 'What the directory has not granted to the application.' }),
    ),
    used_by: Type.Optional(
      Type.Array(Type.String(), { description: 'The records that keep this one in use.' }),
    ),
    tenant: Type.Optional(Type.String({ description: 'The id of the tenant that this is about.' })),
    application: Type.Optional(Type.String({ description: 'The id of the application that this is about.' })),
    admin_consent_url: Type.Optional(
      Type.String({ description: "For the customer's administrator: where consent is given." }),
    ),
    expected_thumbprint: Type.Optional(
      Type.String({
        description: "SHA-1 thumbprint, as Entra's portal shows it, of the certificate that signed.",
      }),
    ),
    trace_id: Type.Optional(Type.String({ description: "Entra's trace id, for Microsoft's support." })),
    correlation_id: Type.Optional(
      Type.String({ description: "Entra's correlation id, for Microsoft's support." }),
    ),
  },
  {
    $id: 'Problem',
    description: 'A problem detail (RFC 9457).',
    examples: [
      {
        type: 'urn:graph-token-broker:problem:tenant_not_granted',
        title: 'Not granted',
        status: 403,
        detail: 'No grant of this caller names this tenant.',
        instance: 'urn:uuid:0f6c1a52-7a55-4f0e-9a53-5d0f8d0f4f2a',
        code: 'tenant_not_granted',
        hint: 'Ask an operator for a grant. An unknown tenant answers the same.',
      },
    ],
  },
)
export type Problem = Type.Static<typeof Problem>

const body = { 'application/problem+json': { schema: Type.Ref('Problem') } }

const headers = {
  'Retry-After': {
    type: 'integer',
    description: 'Seconds before which asking again is in vain; with what passes by itself.',
  },
} as const

/** One status of a route of which a reader should know beforehand, with its codes. */
export function problemReply(description: string) {
  return { description, headers, content: body }
}

/** The error replies of every route, so that none is ever sent unfiltered or undocumented. */
export const problemReplies = {
  '4xx': problemReply('The request cannot be served; `code` and `hint` say what to change.'),
  '5xx': problemReply('The broker or something that it depends on failed.'),
}

/** The reply to a removal. */
export const nothing = { type: 'null', description: 'Done; there is nothing to show.' } as const
