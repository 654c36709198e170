import type { WhyAnswer } from '../../core/model/answers.ts'
import type { MemberStatus } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'

/** One row of membership and the assigned group it leads to. */
export interface Way {
  readonly assigned: number
  /** Null where all members of the VO are assigned. */
  readonly held: number | null
  readonly status: MemberStatus
  readonly origin: string
  readonly file: string | null
  readonly line: number | null
}

type Link = WhyAnswer['chain'][number]

/** Tells the facts from the person's row over the groups to the resource and its facility. */
export async function chainOf(db: Db, asked: Asked, way: Way): Promise<Link[]> {
  const path = way.held === null ? [way.assigned] : await pathBetween(db, way.held, way.assigned)
  const groups = await namesOf(db, path)
  const row = way.file === null || way.line === null ? {} : { file: way.file, line: way.line }
  const first =
    way.held === null ? { kind: 'Member', name: asked.vo } : { kind: 'GroupMember', name: groups[0]?.name ?? '' }
  return [
    { ...first, ...row },
    ...groups,
    { kind: 'Resource', name: `${asked.vo}/${asked.resource}`, file: asked.resourceFile, line: asked.resourceLine },
    { kind: 'Facility', name: asked.facility, file: asked.facilityFile, line: asked.facilityLine },
  ]
}

/** The shortest way up; breadth first over the edges between the two, because diamonds have too many paths to list. */
async function pathBetween(db: Db, below: number, above: number): Promise<number[]> {
  const { rows } = await db.query<{ above: number; below: number }>(
    `select distinct e.above, e.below
     from edge e
     join closure low on low.above = e.below and low.below = $1
     join closure high on high.below = e.above and high.above = $2
     order by 1, 2`,
    [below, above],
  )
  const cameFrom = new Map<number, number | undefined>([[below, undefined]])
  for (const group of cameFrom.keys()) {
    for (const edge of rows) if (edge.below === group && !cameFrom.has(edge.above)) cameFrom.set(edge.above, group)
  }
  const path: number[] = []
  for (let at: number | undefined = above; at !== undefined; at = cameFrom.get(at)) path.unshift(at)
  return path
}

async function namesOf(db: Db, path: readonly number[]): Promise<Link[]> {
  const { rows } = await db.query<Link>(
    `select 'Group' as kind, vo.name || '/' || g.name as name, g.file, g.line
     from unnest($1::integer[]) with ordinality as p(id, place)
     join groups g on g.id = p.id join vo on vo.id = g.vo_id
     order by p.place`,
    [path],
  )
  return rows
}
