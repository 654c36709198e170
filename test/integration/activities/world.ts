import { applyStep, type ApplyDependencies, type ApplyInput, type StepResult } from '../../../activities/apply-step.ts'
import type { ReconcileDependencies } from '../../../activities/reconcile.ts'
import { createPlanMemory } from '../../../activities/plan-memory.ts'
import type { Desired } from '../../../core/model/state.ts'
import { planRun } from '../../../activities/plan-run.ts'
import * as store from '../../../store/index.ts'
import type { Pool } from '../../../store/index.ts'
import {
  anyValueFits,
  desire,
  facility,
  instance,
  people,
  resource,
  service,
  source,
  vo,
} from '../../support/builders.ts'

export const startAt = Date.parse('2026-01-05T10:00:00Z')
export const hourMs = 3_600_000

/** An instance with VOs, as a commit: each VO with so many members and a resource at the facility. */
export function commitWith(vos: Readonly<Record<string, number>>): Desired {
  return desire(
    instance({ admins: [{ user: 'idp/u0001' }] }),
    source('idp'),
    service('people', { generator: 'json' }),
    facility('hpc', { services: { people: {} }, offers: Object.keys(vos).map((name) => ({ name, vo: name })) }),
    ...Object.entries(vos).flatMap(([name, count]) => [
      vo(name, { managers: [{ user: 'idp/u0001' }], members: people(count) }),
      resource(`${name}/batch`, { services: ['people'], groups: ['members'] }),
    ]),
  )
}

/** Reconcile activities on a real database, for commits kept in memory. */
export function dependenciesFor(
  pool: Pool,
  commits: Readonly<Record<string, Desired>>,
): ReconcileDependencies & ApplyDependencies {
  const [newest = ''] = Object.keys(commits).reverse()
  return {
    ...{ pool, store, compileSchema: anyValueFits, reached: () => undefined, memory: createPlanMemory() },
    configuration: {
      fetchHead: async () => newest,
      isAncestor: async () => true,
      read: async (commit) => commits[commit] ?? desire(),
      readFile: async () => undefined,
      draftPatch: async () => '',
    },
    workflows: {
      ...{ hold: async () => undefined, voidHold: async () => undefined },
      ...{ dropSchedule: async () => undefined, scheduleSync: async () => undefined, syncAgain: async () => undefined },
    },
    nudge: () => undefined,
    onRun: () => undefined,
    onFailure: () => undefined,
  }
}

/** Plans a commit and applies its steps in turn, as a reconcile does. */
export async function bring(
  dependencies: ApplyDependencies,
  commit: string,
  at: number,
): Promise<readonly { readonly input: ApplyInput; readonly result: StepResult }[]> {
  const { epoch, steps } = await planRun(dependencies, { commit, at })
  const done = []
  for (const step of steps) {
    const input = { ...step, commit, epoch, at }
    done.push({ input, result: await applyStep(dependencies, input) })
  }
  return done
}
