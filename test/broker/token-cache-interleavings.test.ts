import fc from 'fast-check'
import t from 'tap'
import { actions, CacheModel, outcomes } from './cache-model.ts'

t.test('In whatever order things happen, the cache keeps its promises', async (t) => {
  let answers = 0
  const promises = fc.asyncProperty(fc.scheduler(), actions, outcomes, async (scheduler, list, results) => {
    const model = new CacheModel(scheduler, results)
    for (const action of list) {
      scheduler.schedule(Promise.resolve(), JSON.stringify(action)).then(() => model.perform(action))
    }
    await scheduler.waitIdle()
    answers += model.asked
    if (model.settled < model.asked) model.faults.push('somebody waits for ever')
    if (model.faults.length > 0) throw new Error(model.faults.join(', '))
  })
  await fc.assert(promises, { numRuns: 1_200 })
  t.ok(answers > 6_000, `${answers} answers were looked at`)
})
