import t from 'tap'
import { cloudNames, microsoftClouds, tokenEndpoint } from '../../src/domain/cloud.ts'

const directory = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'

t.test('The token endpoint of a directory is on its own cloud', async (t) => {
  const endpoints = cloudNames.map((name) => tokenEndpoint(microsoftClouds[name], directory))
  t.strictSame(endpoints, [
    `https://login.microsoftonline.com/${directory}/oauth2/v2.0/token`,
    `https://login.microsoftonline.us/${directory}/oauth2/v2.0/token`,
    `https://login.microsoftonline.us/${directory}/oauth2/v2.0/token`,
    `https://login.chinacloudapi.cn/${directory}/oauth2/v2.0/token`,
  ])
})

t.test('A directory whose id is no GUID has no endpoint', async (t) => {
  for (const id of ['', 'common', '../common', `${directory}/..`, `{${directory}}`, ` ${directory}`])
    t.throws(() => tokenEndpoint(microsoftClouds.global, id), /no GUID/, JSON.stringify(id))
})

t.test('Every authority and resource is a bare https origin, so that a path can follow', async (t) => {
  for (const name of cloudNames) {
    const { authority, resources } = microsoftClouds[name]
    for (const uri of [authority, ...Object.values(resources)]) t.equal(new URL(uri).origin, uri)
  }
})

t.test('No two clouds share a resource: a token of one is worth nothing in another', async (t) => {
  const uris = cloudNames.flatMap((name) => Object.values(microsoftClouds[name].resources))
  t.equal(new Set(uris).size, uris.length)
})
