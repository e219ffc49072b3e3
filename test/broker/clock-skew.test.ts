import t from 'tap'
import { createClockSkew } from '../../src/broker/clock-skew.ts'
import { hour, manualClock, minute, second } from './fixture.ts'

function stage() {
  const clock = manualClock()
  const drifts: number[] = []
  const skew = createClockSkew(clock, (seconds) => drifts.push(seconds))
  /** What is true; the broker's clock is stepped away from it. */
  let truth = clock.now()
  const pass = (milliseconds: number) => {
    clock.advance(milliseconds)
    truth += milliseconds
  }
  return { clock, drifts, skew, pass, answer: () => skew.saw(truth), truth: () => truth }
}

t.test('a clock that is right needs no word, and nothing is known before Entra has answered', (t) => {
  const { clock, skew, answer, drifts, pass } = stage()
  t.equal(skew.seconds(), undefined)
  t.same([skew.warnings(), skew.reasons()], [[], []])
  answer()
  t.equal(skew.seconds(), 0)
  pass(hour)
  answer()
  clock.step(-60 * second)
  t.equal(skew.seconds(), -60)
  t.same([skew.warnings(), skew.reasons(), drifts], [[], [], []], 'a minute is borne')
  t.equal(skew.clock.now(), clock.now(), 'and not corrected')
  t.end()
})

t.test('more than a minute is a warning, more than five minutes no state to get requests in', (t) => {
  for (const [step, word] of [
    [61, "the clock is 61 s ahead of Entra's"],
    [-75, "the clock is 75 s behind Entra's"],
  ] as const) {
    const { clock, skew, answer, drifts } = stage()
    clock.step(step * second)
    answer()
    answer()
    t.same([skew.warnings(), skew.reasons()], [[word], []])
    t.same(drifts, [step], 'told once')
  }
  for (const step of [10 * minute, -10 * minute, 301 * second]) {
    const { clock, skew, answer } = stage()
    clock.step(step)
    answer()
    t.equal(skew.seconds(), step / second)
    t.equal(skew.reasons().length, 1)
  }
  t.end()
})

t.test('a step, and its end, show without another answer of Entra', (t) => {
  const { clock, skew, answer, drifts, pass, truth } = stage()
  answer()
  clock.step(10 * minute)
  t.equal(skew.reasons().length, 1)
  t.equal(skew.clock.now(), truth(), "what is signed for Entra has Entra's time")
  pass(minute)
  t.equal(skew.clock.now(), truth())
  answer()
  clock.step(-10 * minute)
  t.same([skew.reasons(), skew.warnings()], [[], []])
  answer()
  t.same(drifts, [600, 0])
  t.end()
})

t.test('what Entra said ten minutes ago says nothing of today', (t) => {
  const { clock, skew, answer, pass } = stage()
  clock.step(hour)
  answer()
  pass(10 * minute)
  t.equal(skew.reasons().length, 1)
  pass(1)
  t.equal(skew.seconds(), undefined)
  t.same([skew.reasons(), skew.warnings()], [[], []], 'or a replica would stay out for ever')
  t.equal(skew.clock.now(), clock.now())
  t.end()
})
