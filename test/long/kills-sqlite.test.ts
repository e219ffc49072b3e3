import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { brokerHome, createCaller } from '../broker-process.ts'
import { median } from '../median.ts'
import { createChance } from '../writers/chance.ts'
import { createWriters } from '../writers/writers.ts'

const kills = 100
/** Milliseconds: a writer does some ten to a hundred writes in this time. */
const longestRun = 250
const longestStart = 5_000

t.setTimeout(600_000)

t.test(
  `${kills} times kill -9 while everything is written: nothing acknowledged is lost, nothing is half there`,
  async (t) => {
    const chance = createChance()
    t.comment(`TEST_SEED=${chance.seed}`)
    const home = await brokerHome(t)
    let broker = await home.start()
    const operator = home.client(await createCaller(home.bootstrap, 'operator', 'operator'))
    const writers = await createWriters(operator, home.client, chance)

    const starts: number[] = []
    for (let kill = 1; kill <= kills; kill += 1) {
      const end = writers.write()
      await delay(chance.fraction() * longestRun)
      await broker.kill()
      t.strictSame(await end(), [], `kill ${kill}: no write was refused before`)
      broker = await home.start()
      starts.push(broker.milliseconds)
      await writers.settle(t, `kill ${kill}`)
      t.strictSame(checkFile(join(home.folder, 'registry.sqlite')), [{ integrity_check: 'ok' }])
      if (!t.passing()) break
    }
    t.ok(Math.max(...starts) <= longestStart, 'ready within 5 s each time')
    t.equal(home.log(), '', 'nothing is logged as an error')
    t.comment(`${starts.length} kills, ${writers.changes} changes, none lost`)
    t.comment(`ready in ${median(starts)} ms (median), ${Math.max(...starts)} ms (longest)`)
  },
)

/** What SQLite itself finds wrong, references to rows that are not there included. */
function checkFile(path: string) {
  const db = new DatabaseSync(path, { readOnly: true })
  const faults = [
    ...db.prepare('pragma integrity_check').all(),
    ...db.prepare('pragma foreign_key_check').all(),
  ].map((row) => ({ ...row }))
  db.close()
  return faults
}
