import type { JsonValue } from '../model/json.ts'
import type { IdentityRef } from '../model/state.ts'
import type { ObjectPair } from './pair-objects.ts'

/** A document that gives a value in force, after the commit, or both; or on whose resource a person has one. */
export interface Holder {
  readonly pair: ObjectPair
  readonly before: boolean
  readonly after: boolean
  /** As it is written there: texts may differ in capital letters. */
  readonly value: JsonValue
  /** Whose value it is. */
  readonly user?: IdentityRef | undefined
  /** Had once, and kept from others for ever. */
  readonly isSpent?: boolean
}

/** A unique value, with all who have it or are to have it. */
export interface Held {
  readonly name: string
  readonly value: JsonValue
  /** Where it stands in a document that is to have it. */
  readonly path: string
  readonly holders: readonly Holder[]
}
