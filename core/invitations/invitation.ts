/** Where an invitation stands: `open` until somebody uses its key or it ends otherwise. */
export type InvitationState = 'accepted' | 'declined' | 'expired' | 'open' | 'revoked' | 'target-gone'

/** Whom to invite. */
export interface InvitationRequest {
  readonly address: string
  /** By which the person is greeted. */
  readonly name?: string
  /** That the person reads, such as `cs`. */
  readonly language?: string
  /** What the inviter says to the person. */
  readonly message?: string
  /** The first day on which the invitation counts no more; a month from today where it is not said. */
  readonly until?: string
}

/** So many at once are ended by a workflow each; of more, the clock of the VO ends all that are due in one go. */
const mostWithWorkflow = 100

/** Tells whether the clock of the VO ends invitations of which so many are made together. */
export function isEndedByClock(together: number): boolean {
  return together > mostWithWorkflow
}
