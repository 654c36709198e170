import { GuildhallError } from '../../../core/errors.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { Loss } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { Tx } from '../../pool.ts'
import { accessOf, lossesBetween } from '../access-of.ts'
import { forgetRestored, recordLosses } from '../losses.ts'
import { servicesTouched, wakeClocks, writeOutbox } from '../outbox.ts'
import { allocateNumbers } from '../sequences.ts'
import type { Trail } from '../trail.ts'
import { judgeLosses } from './judge-losses.ts'
import { placesOf, requirePlaces } from './places.ts'

/** Whom a change is about, and how far it may go. */
export interface Bearing {
  readonly persons: readonly number[]
  /** VOs, by name, whose clocks are told. */
  readonly vos: readonly string[]
  /** As people read it: what is changed, such as `memberships of VO "astro"`; undefined where no guard stands in the way. */
  readonly guarded: string | undefined
}

const singlePriority = 2
const lossPriority = 1

/**
 * Makes a change to a few people with everything that follows from it: places, losses that the guard judges, numbers, and what
 * the services are told. Throws GUARD_LIMIT where too much would be lost, FULL where a place is missing.
 */
export async function withConsequences(
  tx: Tx,
  trail: Trail,
  { bearing, change }: { readonly bearing: Bearing; readonly change: () => Promise<void> },
): Promise<void> {
  const { persons, vos, guarded } = bearing
  const { at } = trail
  const touched = { groups: [], resources: [], facilities: [], persons }
  const [access, places] = [await accessOf(tx, persons), await placesOf(tx, persons)]
  const before = await servicesTouched(tx, touched)
  await change()
  await requirePlaces(tx, persons, places)
  const losses = lossesBetween(access, await accessOf(tx, persons))
  if (guarded !== undefined) await refuseTooMany(tx, guarded, { losses, at })
  for (const [scope, own] of groupBy(losses, (loss) => scopeOfLoss(loss, vos)))
    await recordLosses(tx, { scope, losses: own, at })
  await forgetRestored(tx)
  const after = await servicesTouched(tx, touched)
  await allocateNumbers(tx, { facilities: [...new Set(after.map(({ facility }) => facility))], persons })
  const priority = losses.length > 0 ? lossPriority : singlePriority
  await writeOutbox(tx, { services: [...before, ...after], priority, at })
  await wakeClocks(tx, vos)
}

/** A facility's loss is that of the VO whose people change, where it is one. */
function scopeOfLoss({ set }: Loss, vos: readonly string[]): Scope {
  if ('vo' in set) return `vo:${set.vo}`
  const [only] = vos
  return only === undefined || vos.length > 1 ? 'instance' : `vo:${only}`
}

async function refuseTooMany(
  tx: Tx,
  what: string,
  { losses, at }: { readonly losses: readonly Loss[]; readonly at: Date },
): Promise<void> {
  const reasons = await judgeLosses(tx, losses, at)
  if (reasons.length === 0) return
  const said = reasons.map(({ message }) => message)
  throw new GuildhallError(
    'GUARD_LIMIT',
    `Cannot change ${what}: ${said.join('; ')}. Change fewer people at once, or let a commit do it, which can be approved`,
    { facts: { reasons: said, losses: losses.length } },
  )
}
