import { groupBy } from '../../../core/model/group-by.ts'
import type { Loss } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { Tx } from '../../pool.ts'
import { approvalCovers } from '../../../core/plan/approval-covers.ts'
import { accessOf, lossesBetween } from '../access-of.ts'
import { OverLimitError, type Excess } from '../held/over-limit.ts'
import { forgetRestored, recordLosses } from '../losses.ts'
import { servicesTouched, wakeClocks, writeOutbox, type FacilityService } from '../outbox.ts'
import { nextInLine } from '../values/derived-claims.ts'
import { followChange } from '../values/follow-change.ts'
import { servicesShowing } from '../values/services-showing.ts'
import type { Trail } from '../trail.ts'
import { judgeGains, judgeLosses } from './judge-losses.ts'
import { placesOf, requirePlaces } from './places.ts'

/** Whom a change is about, and how far it may go. */
interface Bearing {
  readonly persons: readonly number[]
  /** VOs, by name, whose clocks are told. */
  readonly vos: readonly string[]
  /** Undefined where no guard stands in the way. */
  readonly guarded: Guarded | undefined
}

/** What the guard is told of a change. */
interface Guarded {
  /** What somebody has approved; losses of the window that were approved are counted no more. */
  readonly approved?: Excess | undefined
}

/** A change, and which services show it; without that, all that show the people. */
interface Consequence {
  readonly bearing: Bearing
  readonly change: () => Promise<void>
  /** People whom the change made, who had nothing before. */
  readonly made?: () => readonly number[]
  readonly showing?: () => Promise<readonly FacilityService[]>
}

const nothing = { groups: [], resources: [], facilities: [] } as const
const singlePriority = 2
const lossPriority = 1

/**
 * Makes a change to a few people with everything that follows from it: places, losses and gains that the guard judges, numbers,
 * and what the services are told. Throws OverLimitError where that is too much, FULL where a place is missing.
 */
export async function withConsequences(tx: Tx, trail: Trail, consequence: Consequence): Promise<void> {
  const { bearing, change, made, showing } = consequence
  const { vos, guarded } = bearing
  const { at } = trail
  const known = [...new Set([...bearing.persons, ...(await nextInLine(tx, bearing.persons))])]
  const [had, places] = [await accessOf(tx, known), await placesOf(tx, known)]
  const before = await servicesTouched(tx, { ...nothing, persons: known })
  await change()
  const persons = [...known, ...(made?.() ?? [])]
  const followed = await followChange(tx, trail, { persons, had: places })
  await requirePlaces(tx, persons, places)
  const has = await accessOf(tx, persons)
  const losses = lossesBetween(had, has)
  const gains = lossesBetween(has, had)
  if (guarded !== undefined) await refuseTooMany(tx, guarded, { losses, gains, at })
  if (guarded?.approved === undefined)
    for (const [scope, own] of groupBy(losses, (loss) => scopeOfLoss(loss, vos)))
      await recordLosses(tx, { scope, losses: own, at })
  await forgetRestored(tx)
  const priority = losses.length > 0 ? lossPriority : singlePriority
  const moved = [...losses, ...gains].map(({ user }) => user)
  const services =
    showing === undefined || followed.isRuled
      ? [...before, ...followed.services]
      : [
          ...(await showing()),
          ...(await servicesShowing(tx, followed.derived)),
          ...(await servicesTouched(tx, { ...nothing, persons: [...new Set(moved)] })),
        ]
  await writeOutbox(tx, { services, priority, at })
  await wakeClocks(tx, [...vos, ...followed.vos])
}

/** A facility's loss is that of the VO whose people change, where it is one. */
function scopeOfLoss({ set }: Loss, vos: readonly string[]): Scope {
  if ('vo' in set) return `vo:${set.vo}`
  const [only] = vos
  return only === undefined || vos.length > 1 ? 'instance' : `vo:${only}`
}

async function refuseTooMany(
  tx: Tx,
  { approved }: Guarded,
  { losses, gains, at }: { readonly losses: readonly Loss[]; readonly gains: readonly Loss[]; readonly at: Date },
): Promise<void> {
  const reasons = [...(await judgeLosses(tx, losses, at)), ...(await judgeGains(tx, gains, { losses, at }))]
  if (reasons.length === 0) return
  const excess = { reasons, losses }
  if (approved === undefined || !isWithin(approved, excess)) throw new OverLimitError(excess)
}

/** Nobody loses more than was approved, and nothing else is wrong. */
function isWithin(approved: Excess, excess: Excess): boolean {
  const scope = 'instance'
  return approvalCovers({ scope, ...approved }, { scope, ...excess })
}
