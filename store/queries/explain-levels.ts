import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import type { Way } from './explain-chain.ts'

/** The ways whose VO knows the person with a level that the offer asks for, and the fact that is missing where there is none. */
export interface AcceptedWays {
  readonly ways: readonly Way[]
  readonly missing: WhyAnswer['missing']
  /** What cannot be told any more. */
  readonly open: WhyAnswer['missing']
}

/** The levels of the person in the VO of an assigned group; null where they are not known. */
interface Known {
  readonly assigned: number
  readonly levels: readonly number[] | null
  readonly accepted: boolean | null
}

/** Leaves the ways that the offer's levels of assurance let pass; all of them where none does. */
export async function acceptedWays(db: Db, asked: Asked, ways: readonly Way[]): Promise<AcceptedWays> {
  const { accepts, standing } = asked
  if (accepts === null || ways.length === 0) return { ways, missing: [], open: [] }
  const known = await levelsKnown(db, asked, { accepts, ways })
  const accepted = new Set(known.flatMap((row) => (row.accepted === true ? [row.assigned] : [])))
  if (accepted.size > 0) return { ways: ways.filter(({ assigned }) => accepted.has(assigned)), missing: [], open: [] }
  const unknown = new Set(known.flatMap((row) => (row.levels === null ? [row.assigned] : [])))
  if (standing.isPast && unknown.size > 0)
    return { ways: ways.filter(({ assigned }) => unknown.has(assigned)), missing: [], open: [notKept(asked, accepts)] }
  const levels = [...new Set(known.flatMap((row) => row.levels ?? []))].sort()
  return { ways, missing: [{ code: 'loa-missing', message: lacking(asked, accepts, levels) }], open: [] }
}

async function levelsKnown(
  db: Db,
  { personId, standing }: Asked,
  { accepts, ways }: { readonly accepts: readonly number[]; readonly ways: readonly Way[] },
): Promise<readonly Known[]> {
  const members = standing.isPast
    ? '(select vo_id, levels from levels_at($4) where person_id = $2)'
    : '(select vo_id, levels from member where person_id = $2)'
  const { rows } = await db.query<Known>(
    `select g.id as assigned, mb.levels, mb.levels && $3 as accepted
     from ${standing.relations(4).group} g left join ${members} mb on mb.vo_id = g.vo_id
     where g.id = any($1) order by 1`,
    [ways.map(({ assigned }) => assigned), personId, accepts, ...standing.moment],
  )
  return rows
}

function lacking(asked: Asked, accepts: readonly number[], levels: readonly number[]): string {
  const { standing, user, offer, facility, resource, vo } = asked
  const place = `resource "${vo}/${resource}"`
  if (standing.isPast) {
    const had = levels.length === 0 ? 'none was known' : `theirs was ${levels.join(', ')}`
    return `"${user}" had no identity of LoA ${accepts.join(' or ')}, which the offer on facility "${facility}" asked for on ${place} then: ${had}`
  }
  const has = levels.length === 0 ? 'none is known' : `theirs is ${levels.join(', ')}`
  const whose = offer === null ? `facility "${facility}"` : `offer "${offer}" of facility "${facility}"`
  return `"${user}" has no identity of LoA ${accepts.join(' or ')}, which ${whose} asks for on ${place}: ${has}`
}

function notKept({ user, vo, resource }: Asked, accepts: readonly number[]): WhyAnswer['missing'][number] {
  const message = `which levels of assurance "${user}" had then is not kept; resource "${vo}/${resource}" asked for LoA ${accepts.join(' or ')}, and whether they had it is left open`
  return { code: 'levels-not-kept', message }
}
