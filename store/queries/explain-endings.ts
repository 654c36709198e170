import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import type { FoundResource } from './find-resource.ts'

type Facts = WhyAnswer['missing']

/** Tells what has come to an end on the way to the resource: its VO, itself, or, where no way is left, groups that the person is in. */
export async function whatIsOver(db: Db, asked: Asked, { hasWay }: { readonly hasWay: boolean }): Promise<Facts> {
  const [ended, groups] = [await endedPlaces(db, asked), hasWay ? [] : await endedGroups(db, asked)]
  return [...ended, ...groups]
}

/** Rows (kind, id) of what is over, or was. */
function over({ standing }: Pick<Asked, 'standing'>, parameter: number): string {
  return standing.isPast
    ? `over_at($${parameter}::timestamptz)`
    : `(select kind, id from ending where over_since is not null)`
}

/** Tells that a resource or its VO is over, if so. */
export async function endedPlaces(db: Db, asked: FoundResource): Promise<Facts> {
  const { vo, resource, standing } = asked
  const { rows } = await db.query<{ kind: 'Resource' | 'VO'; expires: string | null }>(
    `select o.kind, (case o.kind when 'VO' then vo.spec else r.spec end)->>'expires' as expires
     from ${over(asked, 3)} o
     left join vo on o.kind = 'VO' and vo.id = o.id left join resource r on o.kind = 'Resource' and r.id = o.id
     where o.kind = 'VO' and o.id = $1 or o.kind = 'Resource' and o.id = $2 order by 1 desc`,
    [asked.voId, asked.resourceId, ...standing.moment],
  )
  return rows.map(({ kind, expires }) => {
    if (kind === 'VO') return { code: 'vo-expired', message: `VO "${vo}" expired${on(asked, expires)}` }
    return { code: 'resource-expired', message: `resource "${vo}/${resource}" expired${on(asked, expires)}` }
  })
}

/** Groups that are over and hold the person, among those that lead to the resource; then VOs that are over and have such groups. */
async function endedGroups(db: Db, asked: Asked): Promise<Facts> {
  const { standing, personId, resourceId } = asked
  const { membership, assignment, group, vo } = standing.relations(3)
  const { rows } = await db.query<{ name: string; expires: string | null }>(
    `select distinct vo.name || '/' || g.name as name, ${standing.isPast ? 'null' : "g.spec->>'expires'"} as expires
     from ${assignment} rg
     cross join lateral group_with_below(rg.group_id) reached
     join ${over(asked, 3)} o on o.kind = 'Group' and o.id = reached.below
     join ${group} g on g.id = o.id join ${vo} vo on vo.id = g.vo_id
     where rg.resource_id = $1 and exists (
       select from group_with_below(g.id) inner_group
       join ${membership} m on m.group_id = inner_group.below and m.person_id = $2)
     order by 1`,
    [resourceId, personId, ...standing.moment],
  )
  return rows.map(({ name, expires }) => ({
    code: 'group-expired',
    message: `group "${name}" expired${on(asked, expires)}, and counts as empty`,
  }))
}

/** The date of now says nothing of what was over then. */
function on({ standing }: Pick<Asked, 'standing'>, expires: string | null): string {
  return standing.isPast || expires === null ? '' : ` on ${expires}`
}
