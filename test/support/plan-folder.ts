import { desireFolder, surroundingsFor } from '../../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../../connectors/registry.ts'
import type { Plan } from '../../core/model/plan.ts'
import type { State } from '../../core/model/state.ts'
import { planChanges } from '../../core/plan/plan-changes.ts'
import { asOf } from './plan.ts'

const nothing: State = {
  objects: [],
  people: [],
  rows: [],
  members: [],
  losses: [],
  bans: [],
  terms: [],
  gone: { values: [], identities: [] },
  heldValues: [],
  applied: {},
}

/** Plans a folder against a state, an empty one if none is given, with everything this program can make and deliver. */
export async function planFolder(folder: string, state = nothing): Promise<Plan> {
  const abilities = { generatorOptions, destinationOptions, sourceOptions }
  const { compileSchema } = surroundingsFor(abilities)
  return planChanges(state, await desireFolder(folder, abilities), { compileSchema, asOf })
}
