import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow'
import type { SearchAttributePair } from '@temporalio/common'
import { renderDetails } from './details.ts'
import { dueAtAttribute } from './search-attributes.ts'

/** Something that ends at a moment which people may move. */
export interface Ending<Found extends { readonly at?: number }> {
  /** It may end otherwise: look again. */
  readonly changed: SignalDefinition
  /** Tells when it ends, and where it is by the names of now; no moment where nothing is left to end. */
  readonly find: () => Promise<Found>
  /** Ends it; false where it is gone or ends later. */
  readonly end: (now: number) => Promise<boolean>
  readonly placeOf: (found: Found) => readonly SearchAttributePair[]
  readonly waitingFor: string
  /** What is slept for. */
  readonly summary: string
  /** Goes on as a new run where the history gets long. */
  readonly again?: () => Promise<never>
}

/** The server may fire a shorter timer a second late. */
const shortestMs = 2_000

/** Sleeps until something is due and ends it; `gone` where it has nothing left to end. */
export async function endWhenDue<Found extends { readonly at?: number }>(
  ending: Ending<Found>,
): Promise<'ended' | 'gone'> {
  let wakes = 0
  setHandler(ending.changed, () => {
    wakes += 1
  })
  for (;;) {
    const heard = wakes
    const found = await ending.find()
    const { at } = found
    if (at === undefined) return over('gone')
    if (at <= Date.now() && (await ending.end(Date.now()))) return over('ended')
    upsertSearchAttributes([{ key: dueAtAttribute, value: new Date(at) }, ...ending.placeOf(found)])
    setCurrentDetails(renderDetails({ waitingFor: ending.waitingFor, sinceAt: Date.now(), nextAt: at }))
    if (ending.again !== undefined && workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      return ending.again()
    }
    await condition(() => wakes !== heard, Math.max(shortestMs, at - Date.now()), { summary: ending.summary })
  }
}

async function over(how: 'ended' | 'gone'): Promise<'ended' | 'gone'> {
  await condition(allHandlersFinished)
  return how
}
