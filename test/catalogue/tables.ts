/** Tables as they are gathered, tiny: one of everything that the script reads. */

export const commit = '0'.repeat(40)
export const mailRead = '810c84a8-4a9e-49e6-bf7d-12d183f40d01'
const other = 'b633e1c5-b582-4048-a93e-9f11b44c7e96'

const graph = {
  meta: { source: { repo: 'owner/graph', commit, files: ['roles.json'] } },
  permissions: [
    { value: 'Mail.Send', applicationId: other, displayName: 'Send mail', unread: true },
    { value: 'Mail.Read', applicationId: mailRead, displayName: 'Read mail' },
    { value: 'Mail.Read.Shared', delegatedId: mailRead, displayName: 'Read shared mail' },
    { value: 'Mail.Gone', applicationId: other, displayName: 'Disabled', enabled: false },
  ],
}

const sources = {
  'seed-aurinko': 'a text (docs.example.com/set-up)',
  'aurinko-sdk': `github owner/sdk@${commit} api/openapi.yaml components`,
  'exo-docs': 'a page',
  docs: `github owner/docs@${commit} api/names.md`,
}

/** `permission` is what the only scope of the first dialect stands for. */
function dialects(permission: string): object {
  const row = { permissions: ['Mail.Read'], fidelity: 'exact', source: 'docs' }
  return {
    aurinko: {
      title: 'Aurinko',
      scopes: {
        Read: { ...row, permissions: [permission], source: 'seed-aurinko' },
        Sync: { ...row, permissions: ['Mail.Send'], requires: ['Read'], source: 'seed-aurinko' },
      },
    },
    platform: {
      title: 'Platform',
      scopes: { 'Mail.Read.Shared': { ...row, fidelity: 'broader' } },
      categories: {
        'Mail Boxes': {
          aliases: ['Boxes'],
          scopes: ['Mail.Read.Shared'],
          permissions: ['Mail.Read', 'Mail.Send'],
          readOnly: ['Mail.Read'],
          source: 'docs',
        },
      },
      aliases: { Mails: 'Mail.Read', 'Shared.Mails': 'Mail.Read.Shared' },
      aadGraph: { 'Mail.Read': { ...row, aadGraphApplicationId: other } },
      outlookUris: 'it asks for https://outlook.office.com/mail.send alone',
    },
    graph: {
      title: 'Names',
      delegatedOnly: {
        'Mail.Read.Shared': { ...row, fidelity: 'broader', source: 'graph-live' },
        'Mail.Print': {
          permissions: [],
          fidelity: 'no-equivalent',
          note: 'data lists Mail.Read, Mail.Print',
          source: 'graph-live',
        },
        'Mail.Burn': { permissions: [], fidelity: 'no-equivalent', source: 'graph-live' },
      },
    },
  }
}

/** The files of a folder of tables, by name. */
export function tables(permission = 'Mail.Read'): Record<string, string> {
  const resource = { appId: mailRead, uris: [] }
  const edge = { superset: 'Mail.Send', subset: 'Mail.Read', kind: 'full', confidence: 'high' }
  const files = {
    'graph-permissions.json': graph,
    'dialects.json': {
      meta: { sources },
      resources: {
        graph: { appId: mailRead, uris: ['https://Graph.example'] },
        outlook: resource,
        aadGraph: resource,
      },
      dialects: dialects(permission),
    },
    'implications.json': {
      meta: { sources: {} },
      edges: [edge, { ...edge, kind: 'partial' }, { ...edge, confidence: 'low' }],
      nonImplications: [{ granted: 'Mail.Read', requested: 'Mail.Send' }],
    },
    'resources.json': { outlookAppRoles: [], cloudSources: {} },
  }
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, JSON.stringify(file)]))
}
