import { fileURLToPath } from 'node:url'
import { desireFolder, surroundingsFor } from '../../../connectors/config-repo/validate-folder.ts'
import { planCommit } from '../../../core/plan/plan-commit.ts'
import { questionOf } from '../../../core/plan/state-question.ts'
import { readAbilities } from '../../../cli/system/abilities.ts'
import * as store from '../../../store/index.ts'

/** The sample organisation that comes with the project. */
export const sampleFolder = fileURLToPath(new URL('../../../config-repo', import.meta.url))

export const firstCommit = 'c0ffee00'.padEnd(40, '0')
const autumn = new Date('2026-11-22T20:00:00Z')

/** Brings a folder into force, as a reconcile of it does; what is held gets its row. */
export async function applyFolder(
  pool: store.Pool,
  folder: string,
  { commit = firstCommit, asOf = autumn }: { readonly commit?: string; readonly asOf?: Date } = {},
): Promise<void> {
  const abilities = readAbilities()
  const desired = await desireFolder(folder, abilities)
  const state = await store.loadState(pool, questionOf(desired, asOf.getTime()))
  const { compileSchema } = surroundingsFor(abilities)
  const decided = planCommit({ state, desired, compileSchema, frozen: [], approvals: [], asOf })
  const { findings } = decided.plan
  const run = await store.startRun(pool, { commit, findings, at: asOf })
  const scopes = [...new Set(['instance' as const, ...decided.apply.map(({ scope }) => scope)])]
  const epoch = await store.takeEpoch(pool, scopes)
  for (const step of decided.apply) {
    await store.inTransaction(pool, async (tx) => {
      await store.setApplied(tx, { scope: step.scope, commit, at: asOf })
      const cause = { commit, actor: `commit/${commit}` }
      await store.applyChanges(tx, { ...step, epoch, cause, asOf, offers: decided.offers })
    })
  }
  for (const { scope, digest, reasons, losses } of decided.held) {
    await store.inTransaction(pool, (tx) => store.openHold(tx, { scope, digest, commit, reasons, losses, at: asOf }))
  }
  await store.finishRun(pool, { id: run, outcome: decided.held.length > 0 ? 'held' : 'applied', at: asOf })
}
