import t from 'tap'
import { expectSuccess } from '../../sandbox/api-client.ts'
import { setConsentStage, until } from '../routes/consent-stage.ts'
import { outcomeOf, type Visitor } from '../routes/visitor.ts'

const stage = await setConsentStage(t)
const { operator, origin, visit, linkOf } = stage
const { addCustomer, mintsOf, statusOf, step } = stage

type Visiting = () => ReturnType<Visitor['get']>

t.test(
  '11 12 an answer that is forged, replayed, foreign, late or of another directory enables nothing',
  async (t) => {
    const directory = await addCustomer('guarded')
    const link = await linkOf('guarded')
    const visitor = visit(t)
    const stranger = visit(t)
    const page = await visitor.leave(link)
    const back = await visitor.decide(page, 'cancel')
    const state = String(page.searchParams.get('state'))
    const good = `admin_consent=True&tenant=${directory}`
    const answer = (query: string) => `/consent/callback?${query}`
    await stranger.press(await linkOf('contoso'))
    const cases: [string, Visiting, string][] = [
      ['no state', () => visitor.get(answer(good)), 'link_invalid'],
      ['made up', () => visitor.get(answer(`${good}&state=${'A'.repeat(43)}`)), 'link_invalid'],
      ['garbled', () => visitor.get(answer(`${good}&state=${state.slice(1)}`)), 'link_invalid'],
      ['sent twice', () => visitor.get(answer(`${good}&state=${state}&state=${state}`)), 'link_invalid'],
      ['of nobody', () => visit(t).get(answer(`${good}&state=${state}`)), 'other_browser'],
      ['of another', () => stranger.get(answer(`${good}&state=${state}`)), 'other_browser'],
    ]
    for (const [what, ask, outcome] of cases) {
      const reply = await ask()
      t.strictSame([reply.status, outcomeOf(reply)], [400, outcome], what)
      t.notOk(reply.text.includes('/consent/f') || reply.text.includes(directory), 'and learns nothing')
    }
    t.equal(outcomeOf(await visitor.get(back)), 'cancelled', 'the visit was still open')
    const replayed = await visitor.get(answer(`${good}&state=${state}`))
    t.strictSame([replayed.status, outcomeOf(replayed)], [400, 'already_used'])

    for (const tenant of [crypto.randomUUID(), '', `${directory} `, 'common']) {
      const swapped = String((await visitor.leave(link)).searchParams.get('state'))
      const reply = await visitor.get(answer(`admin_consent=True&tenant=${tenant}&state=${swapped}`))
      t.strictSame([reply.status, outcomeOf(reply)], [400, 'wrong_directory'], tenant)
      t.match(reply.text, `href="${link}"`, 'with a way to try again')
    }
    const late = String((await visitor.leave(link)).searchParams.get('state'))
    step(601)
    t.equal(outcomeOf(await visitor.get(answer(`${good}&state=${late}`))), 'link_invalid')
    step(-601)
    const revoked = String((await visitor.leave(link)).searchParams.get('state'))
    await expectSuccess(operator('DELETE', '/tenants/guarded/tokens'))
    t.equal(
      outcomeOf(await visitor.get(answer(`${good}&state=${revoked}`))),
      'link_invalid',
      'revoked meanwhile',
    )
    t.equal(await mintsOf(directory), 0)
    t.equal(await statusOf('guarded'), 'unknown')
  },
)

t.test('11 50 answers at once with one state: one starts one look', async (t) => {
  const directory = await addCustomer('stampede')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(await linkOf('stampede')))
  const replies = await Promise.all(Array.from({ length: 50 }, () => visitor.get(back)))
  const went = replies.filter(({ status }) => status === 303)
  t.equal(went.length, 1)
  t.equal(replies.filter((reply) => outcomeOf(reply) === 'already_used').length, 49)
  await until(async () => (await statusOf('stampede')) === 'granted')
  t.equal(await mintsOf(directory), 1)
})

t.test(
  '13 what Microsoft says against it: the page is ours, and nothing of the address is in it',
  async (t) => {
    const directory = await addCustomer('refused')
    const link = await linkOf('refused')
    const said = `sesame"><script>alert(1)</script>' \u202e ${'x'.repeat(10_000)}`
    const visitor = visit(t)
    const cases: [string, Record<string, string>][] = [
      ['cancelled', { error: 'access_denied', error_subcode: 'cancel' }],
      [
        'cancelled',
        { error: 'consent_required', error_description: `AADSTS65004: ${said}`, admin_consent: 'True' },
      ],
      ['not_administrator', { error: 'access_denied', error_description: `AADSTS90094: ${said}` }],
      ['microsoft_unavailable', { error: 'temporarily_unavailable', error_description: said }],
      ['microsoft_refused', { error: said.slice(0, 60), error_description: said, admin_consent: 'True' }],
      ['microsoft_refused', { sesame: said }],
    ]
    for (const [outcome, query] of cases) {
      const state = String((await visitor.leave(link)).searchParams.get('state'))
      const sent = new URLSearchParams({ ...query, tenant: directory, state })
      const reply = await visitor.get(`/consent/callback?${sent}`)
      t.strictSame([reply.status, outcomeOf(reply)], [200, outcome], outcome)
      t.notMatch(reply.text, /sesame|<script|AADSTS|\u202e|xxx/)
      t.notOk(reply.text.includes(state))
      t.match(reply.headers['content-security-policy'], /^default-src 'none'(?!.*unsafe)/)
      t.match(reply.text, `href="${link}"`)
    }
    t.equal(await mintsOf(directory), 0)
  },
)

t.test('11 a preview of the way back ends no visit', async (t) => {
  await addCustomer('previewed')
  const visitor = visit(t)
  const back = await visitor.decide(await visitor.leave(await linkOf('previewed')))
  const head = await fetch(`${origin}${back}`, {
    method: 'HEAD',
    headers: { cookie: String(visitor.cookie) },
  })
  t.equal(head.status, 404)
  t.equal((await visitor.get(back)).status, 303)
})
