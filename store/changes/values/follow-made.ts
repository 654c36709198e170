import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import { accessOf, lossesBetween } from '../access-of.ts'
import { recordLosses } from '../losses.ts'
import { judgeGains, judgeLosses } from '../memberships/judge-losses.ts'
import type { FacilityService } from '../outbox.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { followChange, readByRules } from './follow-change.ts'
import { settleByDerived } from './keep-following.ts'
import type { ChangedValue } from './write-values.ts'

/** What was made while a commit is applied, and which rules are new or others in it. */
export interface MadeInput {
  readonly scope: Scope
  readonly made: readonly ChangedValue[]
  readonly ruled: readonly Pick<DocumentChange, 'vo' | 'name'>[]
}

/** What followed. */
export interface FollowedMade {
  readonly services: readonly FacilityService[]
  /** VOs, by name, in which something became another. */
  readonly vos: readonly string[]
}

/**
 * Lets statuses and rules follow from values that made themselves while a commit is applied, which its plan could not know: of
 * those for whom something was made, and for a new rule of those for whom something was made since it was planned. Where rules would
 * take away or bring in more than the guard lets pass, they stay as they are: the next plan says it, and is held.
 */
export async function followMade(tx: Tx, trail: Trail, { scope, made, ruled }: MadeInput): Promise<FollowedMade> {
  const vos = await settleByDerived(tx, trail, made)
  const persons = [...new Set([...(await readByRules(tx, made)), ...(await madeBefore(tx, ruled))])]
  if (persons.length === 0) return { vos, services: [] }
  const had = await accessOf(tx, persons)
  await tx.query('savepoint before_rules')
  const followed = await followChange(tx, trail, { persons })
  const has = await accessOf(tx, persons)
  const [losses, gains] = [lossesBetween(had, has), lossesBetween(has, had)]
  const { at } = trail
  const reasons = [...(await judgeLosses(tx, losses, at)), ...(await judgeGains(tx, gains, { losses, at }))]
  if (reasons.length > 0) await tx.query('rollback to savepoint before_rules')
  await tx.query('release savepoint before_rules')
  if (reasons.length > 0) return { vos, services: [] }
  await recordLosses(tx, { scope, losses, at })
  return { vos: [...vos, ...followed.vos], services: followed.isRuled ? followed.services : [] }
}

/** Who has values that made themselves, or follow from such, and that these rules read. */
async function madeBefore(tx: Tx, ruled: MadeInput['ruled']): Promise<number[]> {
  if (ruled.length === 0) return []
  const { rows } = await tx.query<{ person: number }>(
    `select distinct v.subject as person
     from unnest($1::text[], $2::text[]) as x(vo, name)
     join vo on vo.name = x.vo join groups g on g.vo_id = vo.id and g.name = x.name
     join rule r on r.group_id = g.id
     join attribute_definition d on d.made and d.name = any(r.reads)
     join attribute_value v on v.attribute = d.name`,
    [ruled.map(({ vo }) => vo ?? null), ruled.map(({ name }) => name)],
  )
  return rows.map(({ person }) => person)
}
