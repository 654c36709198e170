import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { SponsoringRefusal } from '../../../core/lifecycle/acts/sponsoring.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import type { Acting } from '../held/change-or-hold.ts'
import { findSet } from '../memberships/read-standing.ts'
import { requireRight } from '../memberships/rights.ts'
import type { RefusedPlace } from '../memberships/within-places.ts'
import { ensureKnown } from '../people.ts'
import type { UnknownIdentity } from '../unknown-identities.ts'
import type { Pairing } from './read-sponsorships.ts'
import { sponsorInVo } from './sponsor-in-vo.ts'

/** What is done to sponsorships: begun or dated anew, ended, or passed on. */
export type SponsorAct = 'add' | 'remove' | 'transfer'

/** What somebody does to sponsorships of one VO. */
export interface SponsorInput extends Acting {
  readonly act: SponsorAct
  readonly vo: string
  readonly requests: readonly SponsorOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
}

/** A guest, a sponsor, and of `transfer` who takes over; `until` is the first day on which it is over, and `reason` goes before that of all. */
export interface SponsorOn extends Pairing {
  readonly until?: Day | undefined
  readonly reason?: string | undefined
}

/** How guest and sponsor stand then, or why nothing was changed; `held` names the digest that somebody has to approve. */
export type SponsorAnswer =
  | {
      readonly user: IdentityRef
      /** Who answers for the guest now, or did so far. */
      readonly sponsor: IdentityRef
      /** False once the sponsor has left. */
      readonly sponsored: boolean
      /** The date that this sponsor gives, null for none. */
      readonly until: Day | null
      /** Of the VO member. */
      readonly status: MemberStatus | null
      readonly expires: Day | null
    }
  | { readonly user: IdentityRef; readonly sponsor: IdentityRef; readonly held: string }
  | {
      readonly user: IdentityRef
      readonly sponsor: IdentityRef
      readonly refused: {
        readonly reason: SponsoringRefusal | RefusedPlace['reason'] | UnknownIdentity['reason'] | RefusedTransfer
        readonly message: string
      }
    }

/** Why the guests of one VO are not passed on, of several. */
type RefusedTransfer = 'not-allowed' | 'vo-unknown'

/**
 * Changes who answers for guests of a VO, in the caller's transaction: who is refused stays as they are, the others are done
 * together, in their order as far as there are places. Where that would take away too much nothing is done, and the act of all who
 * were not refused is held. Throws FULL where the place of a single one is missing, ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function changeSponsors(tx: Tx, input: SponsorInput): Promise<SponsorAnswer[]> {
  const { act, vo, requests, now, actor } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group: undefined, now })
  const sponsors = requests.map(({ sponsor }) => sponsor)
  if (actor !== undefined) {
    const place = { kind: 'vo', vo } as const
    const oneself = 'the sponsor'
    await requireRight(tx, { actor, place, users: sponsors, right: 'memberships', isForOneself: true, oneself })
  }
  if (act === 'add')
    await ensureKnown(
      tx,
      requests.map(({ user }) => user),
      now,
    )
  return sponsorInVo(tx, { input, set, isSingle: requests.length === 1 })
}
