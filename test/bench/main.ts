import { parseArgs } from 'node:util'
import { applicationBench } from './application.ts'
import { approverQueueBench } from './approver-queue.ts'
import { assignBench } from './assign.ts'
import { expiryBench } from './expiry.ts'
import { formCheckBench } from './form-check.ts'
import { latencyBenches } from './latency.ts'
import { measure, type Row } from './measure.ts'
import { memoryBench } from './memory.ts'
import { planAgainBench, planBench } from './plan.ts'
import { recheckBench } from './recheck.ts'
import { closeWorlds } from './world.ts'
import { syncBenches } from './sync.ts'
import { snapshotBenches, snapshotRulesBench } from './snapshot.ts'

/** Each gives its rows; the two latencies come out of one run. */
const runs: readonly { readonly names: readonly string[]; readonly run: () => Promise<readonly Row[]> }[] = [
  ...[
    planBench,
    planAgainBench,
    ...snapshotBenches,
    snapshotRulesBench,
    assignBench,
    expiryBench,
    recheckBench,
    ...syncBenches,
    applicationBench,
    approverQueueBench,
    formCheckBench,
    memoryBench,
  ].map((bench) => ({
    names: [bench.name],
    run: async () => [await measure(bench)],
  })),
  latencyBenches,
]

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const known = runs.flatMap(({ names }) => names)
const wanted = values.only?.split(',') ?? known
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(', ')}: expected some of ${known.join(', ')}`)
  process.exit(1)
}
// A benchmark in the middle of its work cannot be waited for.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void closeWorlds().then(() => process.exit(1)))
try {
  for (const { names, run } of runs) {
    if (!names.some((name) => wanted.includes(name))) continue
    for (const row of await run()) if (wanted.includes(row.name)) console.log(JSON.stringify(row))
  }
} finally {
  await closeWorlds()
}
