import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import type { Way } from './explain-chain.ts'

/** The ways whose VO knows the person with a level that the offer asks for, and the fact that is missing where there is none. */
export interface AcceptedWays {
  readonly ways: readonly Way[]
  readonly missing: WhyAnswer['missing']
}

/** Leaves the ways that the offer's levels of assurance let pass; all of them where none does. */
export async function acceptedWays(db: Db, asked: Asked, ways: readonly Way[]): Promise<AcceptedWays> {
  const { accepts, standing, user, offer, facility, resource, vo } = asked
  // Which levels people had then is not kept.
  if (accepts === null || standing.isPast || ways.length === 0) return { ways, missing: [] }
  const { rows } = await db.query<{ assigned: number; levels: readonly number[] | null; accepted: boolean | null }>(
    `select g.id as assigned, mb.levels, mb.levels && $3 as accepted
     from groups g join member mb on (mb.vo_id, mb.person_id) = (g.vo_id, $2)
     where g.id = any($1) order by 1`,
    [ways.map(({ assigned }) => assigned), asked.personId, accepts],
  )
  const accepted = new Set(rows.flatMap((row) => (row.accepted === true ? [row.assigned] : [])))
  if (accepted.size > 0) return { ways: ways.filter(({ assigned }) => accepted.has(assigned)), missing: [] }
  const levels = [...new Set(rows.flatMap((row) => row.levels ?? []))].sort()
  const has = levels.length === 0 ? 'none is known' : `theirs is ${levels.join(', ')}`
  const whose = offer === null ? `facility "${facility}"` : `offer "${offer}" of facility "${facility}"`
  const message = `"${user}" has no identity of LoA ${accepts.join(' or ')}, which ${whose} asks for on resource "${vo}/${resource}": ${has}`
  return { ways, missing: [{ code: 'loa-missing', message }] }
}
