import t from 'tap'
import { isGuid, slugFault, slugPattern } from '../../src/domain/identifier.ts'

t.test('A GUID is read in either case and in no other form', async (t) => {
  t.ok(isGuid('6ba7b810-9dad-41d1-80b4-00c04fd430c8'))
  t.ok(isGuid('6BA7B810-9DAD-41D1-80B4-00C04FD430C8'))
  for (const text of [
    '',
    '6ba7b8109dad41d180b400c04fd430c8',
    '{6ba7b810-9dad-41d1-80b4-00c04fd430c8}',
    '6ba7b810-9dad-41d1-80b4-00c04fd430c8/',
    '6ba7b810-9dad-41d1-80b4-00c04fd430c8\n',
    '6ba7b810-9dad-41d1-80b4-00c04fd430cg',
  ]) {
    t.notOk(isGuid(text), JSON.stringify(text))
  }
})

t.test('An id may be any slug', async (t) => {
  for (const slug of ['contoso', 'a', '0', 'contoso-eu-1', 'token', 'commons']) {
    t.match(slug, new RegExp(slugPattern))
    t.equal(slugFault(slug), undefined, slug)
  }
})

t.test('A slug has 1 to 63 lower-case letters, digits and hyphens, and no hyphen first', async (t) => {
  const pattern = new RegExp(slugPattern)
  t.ok(pattern.test('a'.repeat(63)))
  for (const text of ['', '-a', 'A', 'a_b', 'a.b', 'a/b', '..', 'a b', 'ä', 'a'.repeat(64)]) {
    t.notOk(pattern.test(text), JSON.stringify(text))
  }
})

t.test("An id is refused where it would hide a path of the broker or a name of Entra's", async (t) => {
  for (const slug of ['tokens', 'applications', 'tenants', 'callers', 'credentials', 'consent', 'scopes']) {
    t.match(slugFault(slug), /reserved/, slug)
  }
  for (const slug of ['common', 'organizations', 'consumers']) t.match(slugFault(slug), /reserved/, slug)
  for (const slug of ['livez', 'readyz', 'metrics', 'docs', 'msi', 'audit', 'export']) {
    t.match(slugFault(slug), /reserved/, slug)
  }
})

t.test('An id that looks like a GUID is refused: there it would be a directory', async (t) => {
  t.match(slugFault('6ba7b810-9dad-41d1-80b4-00c04fd430c8'), /GUID/)
})
