import t from 'tap'
import implications from '../../src/catalogue/data/implications.json' with { type: 'json' }
import { type Confidence, covers } from '../../src/catalogue/implications.ts'
import type { Permission } from '../../src/domain/permission.ts'

const confidences: readonly Confidence[] = ['high', 'medium']

function graph(value: string): Permission {
  return { resource: 'graph', value }
}

function covered(granted: string, wanted: string, confidence: Confidence = 'high'): boolean {
  return covers([graph(granted)], graph(wanted), confidence)
}

t.test('A permission covers itself, known to the catalogue or not', async (t) => {
  t.ok(covered('Mail.Read', 'Mail.Read'))
  t.ok(covered('Brand.New', 'Brand.New'))
  t.notOk(covers([], graph('Mail.Read'), 'medium'))
})

t.test('Writing covers reading, through as many steps as it takes, and never the other way', async (t) => {
  t.ok(covered('Mail.ReadWrite', 'Mail.Read'))
  t.ok(covered('Mail.ReadWrite', 'Mail.ReadBasic'))
  t.ok(covered('Mail-Advanced.ReadWrite.All', 'Mail.Read'))
  t.notOk(covered('Mail.Read', 'Mail.ReadWrite', 'medium'))
})

t.test('Mail.ReadWrite never covers Mail.Send', async (t) => {
  for (const confidence of confidences) t.notOk(covered('Mail.ReadWrite', 'Mail.Send', confidence))
})

t.test('What looks like an implication and is none is never taken for one', async (t) => {
  t.ok(implications.never.length >= 40)
  for (const { granted, covers: wanted } of implications.never) {
    for (const confidence of confidences) {
      t.notOk(covered(granted, wanted, confidence), `${granted} does not cover ${wanted}`)
    }
  }
})

t.test('High confidence leaves out what only one source says; medium takes it in', async (t) => {
  t.notOk(covered('Directory.Read.All', 'Device.Read.All', 'high'))
  t.ok(covered('Directory.Read.All', 'Device.Read.All', 'medium'))
})

t.test('A permission of one resource never covers one of another', async (t) => {
  t.notOk(covers([{ resource: 'outlook', value: 'Mail.ReadWrite' }], graph('Mail.Read'), 'medium'))
  t.notOk(covers([graph('Mail.Read')], { resource: 'outlook', value: 'Mail.Read' }, 'medium'))
  const imap: Permission = { resource: 'outlook', value: 'IMAP.AccessAsApp' }
  t.ok(covers(new Set([graph('Mail.Read'), imap]), { ...imap }, 'high'))
  t.notOk(covers([{ resource: 'outlook', value: 'full_access_as_app' }], imap, 'medium'))
})

t.test('The closure holds every edge, is transitive, and high lies within medium', async (t) => {
  const values = [...new Set(implications.edges.flatMap(({ granted, covers: to }) => [granted, to]))]
  for (const { granted, covers: to, confidence } of implications.edges) {
    t.ok(covered(granted, to, 'medium'))
    t.equal(covered(granted, to, 'high') || confidence === 'medium', true)
  }
  let pairs = 0
  for (const from of values) {
    const medium = values.filter((to) => covered(from, to, 'medium'))
    pairs += medium.length
    const beyond = medium.flatMap((via) => values.filter((to) => covered(via, to, 'medium')))
    if (!beyond.every((to) => medium.includes(to))) t.fail(`${from} is not closed`)
    const high = values.filter((to) => covered(from, to, 'high'))
    if (!high.every((to) => medium.includes(to))) t.fail(`${from}: high exceeds medium`)
  }
  t.ok(pairs > values.length)
})
