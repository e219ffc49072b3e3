import type { Members } from '../http/json-value.ts'

/** A route that takes a body, with a body it would take and everything that makes it wrong. */
export interface BodyRoute {
  readonly method: 'POST' | 'PUT' | 'PATCH'
  /** As the OpenAPI document spells it. */
  readonly template: string
  readonly path: string
  readonly valid: Members
  readonly required: readonly string[]
  /** Bytes. */
  readonly limit: number
  /** Media types that it takes; JSON alone where not given. */
  readonly types?: readonly string[]
  /** For each fault: the pointer that must name it, and the members that bring it in. */
  readonly wrong: readonly (readonly [pointer: string, members: Members])[]
}

const guid = '6ba7b811-9dad-41d1-80b4-00c04fd430c8'
const kilobytes = 1024

/** Every type that a text is not, and texts that no id is. */
const noSlugs = [
  1,
  true,
  null,
  [],
  {},
  '',
  'Upper',
  '-first',
  'under_score',
  'a b',
  'a/b',
  'é',
  'a'.repeat(64),
]
const noTexts = [1, false, null, [], {}]
const noLists = [1, 'text', null, {}, { length: 1 }]

function each(member: string, values: readonly unknown[], pointer = `/${member}`): [string, Members][] {
  return values.map((value) => [pointer, { [member]: value }])
}

const grant = { tenants: '*', permissions: ['Mail.Read'] }

function grants(pointer: string, ...changes: Members[]): [string, Members][] {
  return changes.map((change) => [`/grants/0${pointer}`, { grants: [{ ...grant, ...change }] }])
}

const routes: readonly BodyRoute[] = [
  {
    method: 'POST',
    template: '/tokens',
    path: '/tokens',
    valid: { tenant: 'contoso', scopes: ['Mail.Read'] },
    required: ['tenant', 'scopes'],
    limit: 16 * kilobytes,
    wrong: [
      ...each('tenant', [...noSlugs, `{${guid}}`, '../contoso']),
      ...each('scopes', [...noLists, []]),
      ...each('scopes', [[1], [null], [''], [['Mail.Read']], ['x'.repeat(2049)]], '/scopes/0'),
      ...each('scopes', [Array(101).fill('Mail.Read')]),
      ...each('dialect', [...noTexts, '', 'nothing', 'Aurinko']),
      ...each('minimum_validity_seconds', ['60', -1, 3001, 1.5, null, true, []]),
      ...each('rejected_token_sha256', [...noTexts, '', 'f'.repeat(63), 'F'.repeat(64), 'g'.repeat(64)]),
    ],
  },
  {
    method: 'POST',
    template: '/scopes/translations',
    path: '/scopes/translations',
    valid: { scopes: ['Mail.Read'] },
    required: ['scopes'],
    limit: 16 * kilobytes,
    wrong: [...each('scopes', [...noLists, []]), ...each('dialect', [...noTexts, 'nothing'])],
  },
  {
    method: 'POST',
    template: '/applications',
    path: '/applications',
    valid: { id: 'sync', client_id: guid, display_name: 'Sync', permissions: ['Mail.Read'] },
    required: ['id', 'client_id', 'display_name', 'permissions'],
    limit: 16 * kilobytes,
    wrong: [
      ...each('id', [...noSlugs, 'tokens', 'common', guid]),
      ...each('client_id', [...noTexts, '', 'sync', `${guid}0`, `{${guid}}`]),
      ...each('display_name', [...noTexts, '', 'x'.repeat(121)]),
      ...each('permissions', noLists),
      ...each(
        'permissions',
        [[1], [''], ['x'.repeat(129)], ['No.Such'], ['nowhere:Mail.Read']],
        '/permissions/0',
      ),
      ...each('cloud', [...noTexts, 'mars']),
      ...each('signing_alg', [...noTexts, 'none', 'HS256', 'ps256']),
      ...each('support_url', [...noTexts, '', 'http://example.com', 'javascript:alert(1)', 'https://a b']),
      ...each('return_url', [...noTexts, '//example.com', `https://${'x'.repeat(2048)}`]),
    ],
  },
  {
    method: 'POST',
    template: '/applications/{id}/credentials',
    path: '/applications/demo/credentials',
    valid: { type: 'certificate', source: 'generated' },
    required: ['type', 'source'],
    limit: 64 * kilobytes,
    wrong: [
      ...each('source', [...noTexts, '', 'value', 'Generated']),
      ...each('type', [...noTexts, '', 'secret', 'Certificate']),
      ...each('key_size', ['2048', 1024, 2049, null, 8192]),
      ...each('subject', [...noTexts, '', 'CN=', 'O=x', 'CN=a,O=b', 'CN=a\nb', `CN=${'x'.repeat(65)}`]),
      ...each('validity_days', [0, 731, 1.5, '30', null]),
      ['/certificate', { certificate: 'only for pem' }],
      ['/key_size', { source: 'pem', certificate: 'x', private_key: 'x', key_size: 2048 }],
      ['/private_key', { source: 'pem', certificate: 'x' }],
      ['/certificate', { source: 'pem', certificate: 1, private_key: 'x' }],
      ['/private_key', { source: 'pem', certificate: 'x', private_key: '' }],
    ],
  },
  {
    method: 'PATCH',
    template: '/applications/{id}/credentials/{credential}',
    path: '/applications/demo/credentials/none',
    valid: { state: 'active' },
    required: ['state'],
    limit: 16 * kilobytes,
    wrong: [
      ...each('state', [...noTexts, '', 'pending', 'Active']),
      ...each('verify', ['true', 1, null, {}]),
      ...each('compromised', ['true', 1, null, {}]),
      ['/compromised', { compromised: true }],
    ],
  },
  {
    method: 'POST',
    template: '/tenants',
    path: '/tenants',
    valid: { id: 'customer', directory_id: guid, applications: ['demo'] },
    required: ['id', 'directory_id', 'applications'],
    limit: 16 * kilobytes,
    wrong: [
      ...each('id', [...noSlugs, 'organizations', 'consumers', guid]),
      ...each('directory_id', [...noTexts, '', 'common', 'contoso.example']),
      ...each('domain', [...noTexts, '', 'common', '127.0.0.1', 'a/b.example', 'contoso.example']),
      ...each('applications', [...noLists, [], ['demo', 'demo'], Array.from(Array(21), (_, i) => `a${i}`)]),
      ...each('applications', [[1], ['Upper'], ['nobody']], '/applications/0'),
      ...each('display_name', [...noTexts, '', 'x'.repeat(121)]),
      ...each('cloud', [...noTexts, 'mars', 'usgov']),
      ...each('labels', [1, 'text', null, []]),
      ...each(
        'labels',
        [{ plan: 1 }, { plan: null }, { plan: 'a b' }, { plan: 'x'.repeat(64) }],
        '/labels/plan',
      ),
      ...each('labels', [{ Plan: 'a' }, { '': 'a' }], '/labels'),
      ...each('role_check', [...noTexts, 'off']),
      ...each('enabled', ['true', 1, null]),
    ],
  },
  {
    method: 'POST',
    template: '/callers',
    path: '/callers',
    valid: { id: 'orders', role: 'caller', grants: [grant] },
    required: ['id', 'role', 'grants'],
    limit: 16 * kilobytes,
    wrong: [
      ...each('id', [...noSlugs, 'callers', guid]),
      ...each('role', [...noTexts, 'admin', 'Operator']),
      ...each('grants', [...noLists, Array(101).fill(grant)]),
      ...each('grants', [[1], [null], [[]], ['*']], '/grants/0'),
      ...each('dialect', [...noTexts, 'nothing']),
      ...each('rate_limit', [0, -1, 1.5, '600', 10_000_001, [], {}]),
      ...each('enabled', ['true', 1, null]),
      ...grants('/tenants', { tenants: 1 }, { tenants: '**' }, { tenants: [] }, { tenants: {} }),
      ...grants('/tenants', { tenants: undefined }),
      ...grants('/permissions', { permissions: [] }, { permissions: '*' }, { permissions: undefined }),
      ...grants('/permissions/0', { permissions: [1] }, { permissions: ['No.Such'] }, { permissions: ['*'] }),
      ...grants('/excess', { excess: 'some' }, { excess: true }),
      ...grants('/more', { more: 1 }),
      ...grants('/tenants/ids', { tenants: { ids: [] } }, { tenants: { ids: ['a', 'a'] } }),
      ...grants('/tenants/ids/0', { tenants: { ids: ['Upper'] } }),
      ...grants('/tenants/more', { tenants: { ids: ['a'], more: 1 } }),
      ...grants('/tenants/labels', { tenants: { labels: {} } }),
      ...grants('/tenants/labels/plan', { tenants: { labels: { plan: 1 } } }),
    ],
  },
  {
    method: 'POST',
    template: '/callers/{id}/keys',
    path: '/callers/demo-service/keys',
    valid: {},
    required: [],
    limit: 16 * kilobytes,
    wrong: [
      ...each('expires_at', [...noTexts, '', 'tomorrow', '2030-01-01', '2030-13-01T00:00:00Z']),
      ...each('expires_at', ['2020-01-01T00:00:00Z', '2030-06-30T23:59:60Z', '2030-01-01T00:00:00+02']),
    ],
  },
]

/** PUT takes the body of POST, and the path names the record. */
function put(route: BodyRoute): BodyRoute {
  const { id, ...valid } = route.valid
  return {
    ...route,
    method: 'PUT',
    template: `${route.template}/{id}`,
    path: `${route.path}/${String(id)}`,
    valid,
    required: route.required.filter((member) => member !== 'id'),
  }
}

/** PATCH takes any part of it: nothing is required, and a member is taken away by null if it can be. */
function patch(route: BodyRoute, id: string, valid: Members): BodyRoute {
  return {
    ...route,
    method: 'PATCH',
    template: `${route.template}/{id}`,
    path: `${route.path}/${id}`,
    valid,
    required: [],
    types: ['application/json', 'application/merge-patch+json'],
    wrong: route.wrong.filter(([, members]) =>
      Object.entries(members).every(([name, value]) => route.required.includes(name) || !removes(value)),
    ),
  }
}

function removes(value: unknown): boolean {
  if (value === null) return true
  return typeof value === 'object' && !Array.isArray(value) && Object.values(value).includes(null)
}

const records: readonly (readonly [template: string, id: string, valid: Members])[] = [
  ['/applications', 'demo', { display_name: 'Demo' }],
  ['/tenants', 'contoso', { enabled: true }],
  ['/callers', 'demo-service', { enabled: true }],
]

export const bodyRoutes: readonly BodyRoute[] = [
  ...routes,
  ...routes.flatMap((route) => {
    const [, id, valid] = records.find(([template]) => template === route.template) ?? []
    return id === undefined || valid === undefined ? [] : [put(route), patch(route, id, valid)]
  }),
]
