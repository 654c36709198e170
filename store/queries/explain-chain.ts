import type { WhyAnswer } from '../../core/model/answers.ts'
import type { MemberStatus } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import { whyRuleHolds } from './explain-rule.ts'
import { keptBy } from './kept-by.ts'

/** One row of membership and the assigned group it leads to. */
export interface Way {
  readonly assigned: number
  /** The group of the row that lies in the assigned one; null where all members of the VO are assigned. */
  readonly held: number | null
  readonly status: MemberStatus
  /** `vo/group` of the row; null for a VO's own row, and for a member whom no row holds any more. */
  readonly group: string | null
  /** Null for a member whom no row holds any more. */
  readonly origin: string | null
  readonly file: string | null
  readonly line: number | null
  /** The VO of the group, where a ban from it closes this way. */
  readonly bannedFrom: number | null
}

type Link = WhyAnswer['chain'][number]

/** Tells the facts from the person's row over the groups to the resource and its facility, by the shortest of these ways. */
export async function chainOf(db: Db, asked: Asked, ways: readonly [Way, ...Way[]]): Promise<Link[]> {
  const { way, path } = await shortest(db, asked, ways)
  const row = placeOf(way.file, way.line)
  const first = way.group === null ? { kind: 'Member', name: asked.vo } : { kind: 'GroupMember', name: way.group }
  const because =
    way.origin === 'rule' && way.group !== null && !asked.standing.isPast
      ? await whyRuleHolds(db, way.group, asked)
      : undefined
  return [
    { ...first, ...row, ...(because === undefined ? {} : { because }) },
    ...(await namesOf(db, asked, path)),
    { kind: 'Resource', name: `${asked.vo}/${asked.resource}`, ...placeOf(asked.resourceFile, asked.resourceLine) },
    { kind: 'Facility', name: asked.facility, ...placeOf(asked.facilityFile, asked.facilityLine) },
  ]
}

interface Walked {
  readonly way: Way
  /** Groups from that of the row up to the assigned one. */
  readonly path: readonly number[]
}

/** Breadth first from the assigned groups down, because diamonds have too many paths to list. */
async function shortest(db: Db, asked: Asked, ways: readonly [Way, ...Way[]]): Promise<Walked> {
  const below = await edgesBetween(db, asked, ways)
  const cameFrom = new Map<number, number | undefined>(ways.map(({ assigned }) => [assigned, undefined]))
  for (const group of cameFrom.keys()) {
    const path = pathUp(cameFrom, group)
    const way = ways.find(({ held, assigned }) => (held ?? assigned) === group && assigned === path.at(-1))
    if (way !== undefined) return { way, path }
    for (const next of below.get(group) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, group)
  }
  return { way: ways[0], path: [ways[0].assigned] }
}

function pathUp(cameFrom: ReadonlyMap<number, number | undefined>, below: number): number[] {
  const path: number[] = []
  for (let at: number | undefined = below; at !== undefined; at = cameFrom.get(at)) path.push(at)
  return path
}

/** The groups right below each one that lies between an assigned group and a row's, by name. */
async function edgesBetween(
  db: Db,
  { standing }: Asked,
  ways: readonly Way[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const { edge, group, closureOf } = standing.relations(3)
  const { rows } = await db.query<{ above: number; below: number[] }>(
    `select e.above, array_agg(e.below order by g.name) as below
     from (select distinct above, below from ${edge}) e join ${group} g on g.id = e.below
     where e.above in (select c.below from unnest($1::integer[]) high(id) cross join lateral ${closureOf('high.id')} c)
       and exists (select 1 from ${closureOf('e.below')} low where low.below = any($2))
     group by 1`,
    [ways.map(({ assigned }) => assigned), ways.flatMap(({ held }) => held ?? []), ...standing.moment],
  )
  return new Map(rows.map(({ above, below }) => [above, below]))
}

async function namesOf(db: Db, { standing }: Asked, path: readonly number[]): Promise<Link[]> {
  const { vo, group } = standing.relations(2)
  const { rows } = await db.query<{ name: string; file: string | null; line: number | null; source: string | null }>(
    `select vo.name || '/' || g.name as name, g.file, g.line, ${standing.isPast ? 'null' : keptBy} as source
     from unnest($1::integer[]) with ordinality as p(id, place)
     join ${group} g on g.id = p.id join ${vo} vo on vo.id = g.vo_id
     order by p.place`,
    [path, ...standing.moment],
  )
  return rows.map(({ name, file, line, source }) => ({
    ...{ kind: 'Group', name, ...placeOf(file, line) },
    ...(source === null ? {} : { source }),
  }))
}

/** Where something stands in git; nowhere once it is gone. */
function placeOf(file: string | null, line: number | null): Pick<Link, 'file' | 'line'> {
  return file === null || line === null ? {} : { file, line }
}
