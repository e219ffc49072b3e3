import t from 'tap'
import { take } from '../../src/broker/allowance.ts'

t.test('Leave is given once an interval, and the interval doubles up to the longest', async (t) => {
  const allowance = { notBefore: 100, interval: 10 }
  t.notOk(take(allowance, 99, 25))
  const taken: number[] = []
  for (let now = 100; now < 200; now += 1) if (take(allowance, now, 25)) taken.push(now)
  t.strictSame(taken, [100, 110, 130, 155, 180])
})

t.test('Asking too early changes nothing', async (t) => {
  const allowance = { notBefore: 100, interval: 10 }
  for (let now = 0; now < 100; now += 1) take(allowance, now, 25)
  t.strictSame(allowance, { notBefore: 100, interval: 10 })
})
