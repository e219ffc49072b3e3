import { resourceAppId } from '../catalogue/catalogue.ts'

/** Scopes of people's sign-in, which some clients send always; for an application they mean nothing. */
const signIn: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])

const everything = '/.default'

/** The application id of Graph, which is the same in all clouds. */
const graph = resourceAppId('graph')

/**
 * The URI of the resource that a client asks for, by `scope={uri}/.default` (v2) or `resource={uri}` (v1); Graph where
 * it names none. What is neither comes out in words that no resource is called by.
 */
export function readResource(form: { readonly scope?: string; readonly resource?: string }): string {
  const scopes = (form.scope ?? '')
    .split(' ')
    .filter((name) => name !== '' && !signIn.has(name.toLowerCase()))
  const named = new Set([
    ...scopes.map(resourceOf),
    ...(form.resource === undefined ? [] : [trim(form.resource)]),
  ])
  return named.size === 0 ? graph : [...named].join(' ')
}

function resourceOf(scope: string): string {
  return scope.toLowerCase().endsWith(everything)
    ? trim(scope.slice(0, -everything.length))
    : `${scope} without ${everything}`
}

/** Some write the URI with a slash at its end. */
function trim(uri: string): string {
  return uri.replace(/\/$/, '')
}
