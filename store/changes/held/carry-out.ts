import type { Surroundings } from '../../../core/config/catalog.ts'
import { lockScope, lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { eraseUsers, type EraseAnswer } from '../erase/erase-users.ts'
import { readHeldErasure } from '../erase/held-erasure.ts'
import { changeIdentities, type IdentityAnswer } from '../identities/change-identities.ts'
import { readHeldIdentities } from '../identities/held-identities.ts'
import { actOnMembers, type ActAnswer } from '../memberships/act.ts'
import { readHeldMemberships } from '../memberships/held-memberships.ts'
import { vosOfPersons } from '../memberships/vos-of-persons.ts'
import { closeReview, type ClosedReview } from '../reviews/close-review.ts'
import { changeSponsors, type SponsorAnswer } from '../sponsors/change-sponsors.ts'
import { readHeldSponsorships } from '../sponsors/held-sponsorships.ts'
import { changeValues, type ValueAnswer } from '../values/change-values.ts'
import { readHeldValues } from '../values/held-values.ts'
import type { ApprovedRun } from '../sync/approve-run.ts'
import type { Acting } from './change-or-hold.ts'
import type { HeldAct, HeldContent } from './held-act.ts'

/** What an act came to, as its own function answers. */
export type Carried =
  | { readonly type: 'attribute'; readonly answers: readonly ValueAnswer[] }
  | { readonly type: 'identity'; readonly answers: readonly IdentityAnswer[] }
  | { readonly type: 'membership'; readonly answers: readonly ActAnswer[] }
  | { readonly type: 'review'; readonly answers: readonly ClosedReview[] }
  | { readonly type: 'sync'; readonly answers: readonly ApprovedRun[] }
  | { readonly type: 'sponsorship'; readonly vo: string; readonly answers: readonly SponsorAnswer[] }
  | { readonly type: 'user'; readonly answers: readonly EraseAnswer[] }

/** For whom and when an act is carried out that was entered at `since`, and what checks the values in it. */
export interface Carrying extends Acting {
  readonly since: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** Carries out an act that was held, by the names of today; without an answer nothing is left of what it is about. */
export async function carryOut(tx: Tx, act: HeldAct, how: Carrying): Promise<Carried> {
  switch (act.type) {
    case 'attribute': {
      const input = await readHeldValues(tx, act)
      return { type: act.type, answers: await changeValues(tx, { ...input, ...how }) }
    }
    case 'identity': {
      const input = await readHeldIdentities(tx, act, how.since)
      return { type: act.type, answers: await changeIdentities(tx, { ...input, ...how }) }
    }
    case 'membership':
      return { type: act.type, answers: await actAgain(tx, act, how) }
    case 'review': {
      const closed = await closeReview(tx, { review: act.review, ...how })
      return { type: act.type, answers: [closed] }
    }
    case 'sponsorship': {
      const input = await readHeldSponsorships(tx, act, how.now)
      const answers = input === undefined ? [] : await changeSponsors(tx, { ...input, ...how })
      return { type: act.type, vo: input?.vo ?? '', answers }
    }
    case 'user': {
      const input = await readHeldErasure(tx, act)
      return { type: act.type, answers: await eraseUsers(tx, { ...input, ...how }) }
    }
  }
}

async function actAgain(
  tx: Tx,
  act: Extract<HeldAct, { readonly type: 'membership' }>,
  how: Carrying,
): Promise<readonly ActAnswer[]> {
  const input = await readHeldMemberships(tx, act, how.now)
  return input === undefined ? [] : actOnMembers(tx, { ...input, ...how })
}

/** Locks all that carrying out may write to, in the order in which whoever writes does. */
export async function lockForAct(tx: Tx, act: HeldContent): Promise<void> {
  if (act.type === 'user') return lockScope(tx, 'instance')
  const persons = act.type === 'sync' ? [] : act.requests.flatMap(({ person }) => person ?? [])
  const vos = (await vosOfPersons(tx, persons)).map(({ name }) => name)
  const { rows } = await tx.query<{ name: string }>('select name from vo where id = $1', ['vo' in act ? act.vo : 0])
  await lockVos(tx, [...vos, ...rows.map(({ name }) => name)], { mode: 'shared' })
}
