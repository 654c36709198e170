import type { FormSpec } from '../../schemas/generated/config.ts'

/** Whether people become members by it, or stay for longer. */
export type ApplicationKind = FormSpec['for']

/**
 * Where an application stands: an address has to be confirmed (`unverified`), somebody has to decide (`open`), the person has to
 * change something (`changes-requested`), or it waits for a place or for the membership of the VO (`waiting`); the others are ends.
 */
export type ApplicationState =
  'approved' | 'changes-requested' | 'open' | 'rejected' | 'unverified' | 'waiting' | 'withdrawn'

/** What an application in state `waiting` waits for. */
export type WaitingFor = 'place' | 'vo-member'

/** States that are no end. */
export const openStates = [
  'unverified',
  'open',
  'changes-requested',
  'waiting',
] as const satisfies readonly ApplicationState[]

/** Tells whether an application has come to its end. */
export function isEnded(state: ApplicationState): boolean {
  return !openStates.some((open) => open === state)
}

/** What people do to an application. */
export type ApplicationAct = 'approve' | 'reject' | 'request-changes' | 'resubmit' | 'verify' | 'withdraw'
