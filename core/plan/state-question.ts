import { lossesSince } from '../config/guard-window.ts'
import type { StoredObject } from '../model/config-object.ts'
import type { Desired } from '../model/state.ts'
import { attributesWithOtherLists } from './other-lists.ts'
import { readAttributes, requiredAttributes } from './required-attributes.ts'
import { resourcesElsewhere } from './resources-elsewhere.ts'

/** What has to be read of the state to plan a commit. */
export interface PlanQuestion {
  readonly lossesSince: Date
  /** Attributes that its rules read. */
  readonly reads: readonly string[]
  /** Attributes that it requires, whatever is required in force: who has them. */
  readonly required: readonly string[]
  /** Attributes whose lists of allowed values it may change, by what is in force: what people chose of them. */
  readonly picksOf: (inForce: readonly StoredObject[]) => readonly string[]
  /** Resources, as `vo/name`, that it may bring to another facility: what must be unique there. */
  readonly elsewhere: (inForce: readonly StoredObject[]) => readonly string[]
}

/** Tells what a commit asks of the state, at a moment in milliseconds. */
export function questionOf(desired: Pick<Desired, 'objects'>, at: number): PlanQuestion {
  return {
    lossesSince: lossesSince(desired, at),
    reads: readAttributes(desired),
    required: requiredAttributes(desired),
    picksOf: (inForce) => attributesWithOtherLists(inForce, desired.objects),
    elsewhere: (inForce) => resourcesElsewhere(inForce, desired.objects),
  }
}
