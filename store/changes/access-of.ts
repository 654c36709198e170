import type { Loss } from '../../core/model/plan.ts'
import type { WatchedSet } from '../../core/model/state.ts'
import type { Tx } from '../pool.ts'
import { watchedSet } from '../watched-set.ts'

/** Who of some people has access to what: a loss in waiting each. */
export type AccessOf = ReadonlyMap<string, Loss>

/** Lists the watched sets in which these people have access, as the guard counts it. */
export async function accessOf(tx: Tx, persons: readonly number[]): Promise<AccessOf> {
  if (persons.length === 0) return new Map()
  const { rows } = await tx.query<{ kind: WatchedSet['kind']; vo: string; name: string; person_id: number }>(
    accessRows('= any($1)'),
    [persons],
  )
  return new Map(
    rows.map(({ kind, vo, name, person_id: user }) => {
      const set = watchedSet(kind, vo, name)
      return [`${kind} ${vo}/${name} ${user}`, { set, user }]
    }),
  )
}

/** Reads (kind, vo, name, person_id) of the watched sets in which people have access; `are` says which people, such as `= any($1)`. */
export const accessRows = (are: string): string => `
  with valid as materialized (
    select mb.vo_id, vo.name as vo, mb.person_id from member mb join vo on vo.id = mb.vo_id
    where mb.person_id ${are} and mb.status = 'VALID'
  ), reached as materialized (
    select distinct a.resource_id, a.facility_id, a.person_id from access a
    where a.person_id ${are} and a.status = 'VALID' and not a.is_banned
  )
  select 'vo' as kind, vo, vo as name, person_id from valid
  union
  select 'group', v.vo, g.name, v.person_id
  from valid v
  join membership m on (m.vo_id, m.person_id) = (v.vo_id, v.person_id) and m.status = 'VALID'
  join closure c on c.below = m.group_id
  join groups g on g.id = c.above
  union
  select 'resource', vo.name, r.name, x.person_id
  from reached x join resource r on r.id = x.resource_id join vo on vo.id = r.vo_id
  union
  select 'source', '', m.origin_name, v.person_id
  from valid v join membership m on (m.vo_id, m.person_id) = (v.vo_id, v.person_id) and m.status = 'VALID' and m.origin = 'sync'
  union
  select 'facility', '', f.name, x.person_id from reached x join facility f on f.id = x.facility_id`

/** Lists what was lost between two looks at the same people. */
export function lossesBetween(before: AccessOf, after: AccessOf): Loss[] {
  return [...before].flatMap(([key, loss]) => (after.has(key) ? [] : [loss]))
}
