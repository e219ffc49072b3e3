import t from 'tap'
import { buildSerializer } from '../../src/http/serializers.ts'

const schemas = {
  Page: { $id: 'Page', type: 'object', properties: { items: { type: 'array', items: { $ref: 'Item#' } } } },
  Item: {
    $id: 'Item',
    type: 'object',
    properties: { id: { type: 'string' }, next: { $ref: 'Item' }, owner: { $ref: 'Owner#/properties/name' } },
  },
  Owner: { $id: 'Owner', type: 'object', properties: { name: { type: 'string' } } },
}
const route = { method: 'GET', url: '/items', httpStatus: '200' }

t.test('a reply is written by what its schema refers to, however far', async (t) => {
  const serialize = buildSerializer(schemas)({ ...route, schema: { $ref: 'Page' } })
  const item = { id: 'a', owner: 'b', secret: 'c' }
  t.equal(
    serialize({ items: [{ ...item, next: item }] }),
    '{"items":[{"id":"a","next":{"id":"a","owner":"b"},"owner":"b"}]}',
  )
})

t.test('replies of one shape have one serializer', async (t) => {
  const compile = buildSerializer(schemas)
  const page = compile({ ...route, schema: { $ref: 'Page' } })
  t.equal(compile({ ...route, url: '/others', schema: { $ref: 'Page' } }), page)
  t.not(compile({ ...route, schema: { $ref: 'Owner' } }), page)
})

t.test('a schema that is not there stops the start', async (t) => {
  t.throws(() => buildSerializer(schemas)({ ...route, schema: { $ref: 'Nobody' } }), /"Nobody" is not found/)
})
