import fc from 'fast-check'
import t from 'tap'
import { acts, RotationModel, reads } from './rotation-model.ts'
import { openWorld } from './world.ts'

t.test('While a rotation overlaps longer than a mint takes, every mint ends with a token', async (t) => {
  const { registry } = await openWorld(t)
  let overlaps = 0
  const promise = fc.asyncProperty(fc.scheduler(), acts, async (scheduler, list) => {
    const model = new RotationModel(scheduler, { reads: [true], isPatient: true })
    await model.run(registry, list)
    overlaps += model.overlaps
    const refused = model.told.filter((outcome) => outcome !== 'token')
    if (refused.length > 0) throw new Error(`${refused.length} mints failed: ${refused[0]}`)
    if (model.faults.length > 0) throw new Error(model.faults[0])
  })
  await fc.assert(promise, { numRuns: 30 })
  t.ok(overlaps > 10, `${overlaps} credentials were retired under way`)
})

t.test('Whatever the vault and the operator do, nothing is used once it is known as retired', async (t) => {
  const { registry } = await openWorld(t)
  const outcomes = new Set<string>()
  let overlaps = 0
  const promise = fc.asyncProperty(fc.scheduler(), acts, reads, async (scheduler, list, given) => {
    const model = new RotationModel(scheduler, { reads: given, isPatient: false })
    await model.run(registry, list)
    overlaps += model.overlaps
    for (const outcome of model.told) outcomes.add(outcome)
    if (model.faults.length > 0) throw new Error(model.faults[0])
  })
  await fc.assert(promise, { numRuns: 30 })
  for (const outcome of ['token', 'credential_rejected', 'key_vault_unavailable']) t.ok(outcomes.has(outcome))
  t.ok(overlaps > 10, `${overlaps} credentials were retired under way`)
})
