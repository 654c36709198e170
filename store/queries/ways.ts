import { isHolding } from '../is-holding.ts'
import type { Standing } from './standing.ts'

const originName = `case m.origin when 'sync' then 'sync:' || m.origin_name else m.origin end`

/**
 * Each row that leads somebody to the resource $1, as SQL: the group assigned (with its VO), the one of the row that lies in it, the
 * worse of VO and row status, and whence. Of one person where `person` is a condition on that.
 */
export function waysTo({ relations }: Standing, parameter: number, person: (column: string) => string): string {
  const { member, membership, assignment, group, closureOf } = relations(parameter)
  return `select rg.group_id as assigned, m.person_id, m.group_id as held, m.group_id as row_group,
       greatest(mb.status, m.status) as status, m.file, m.line, ${originName} as origin
     from ${assignment} rg
     cross join lateral ${closureOf('rg.group_id')} c
     join ${membership} m on m.group_id = c.below and ${person('m.person_id')}
     join ${member} mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id)
     where rg.resource_id = $1
     union all
     select rg.group_id, mb.person_id, null, m.group_id, mb.status, m.file, m.line, ${originName}
     from ${assignment} rg
     join ${group} g on g.id = rg.group_id and g.is_members
     cross join lateral ${closureOf('g.id')} c
     join ${member} mb on mb.vo_id = g.vo_id and ${person('mb.person_id')}
     left join ${membership} m on m.vo_id = g.vo_id and m.person_id = mb.person_id
       and ${isHolding}
     where rg.resource_id = $1`
}
