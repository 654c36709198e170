import type { State } from '../core/model/state.ts'
import type { Db } from './pool.ts'

/** Reads who would have which unique derived value, and since when. */
export async function loadDerivedClaims(db: Db): Promise<NonNullable<State['derivedClaims']>> {
  const { rows } = await db.query<NonNullable<State['derivedClaims']>[number]>(
    `select c.attribute, c.subject as "user", coalesce(vo.name, '') as vo, c.within <> 0 as "isWithinVo", c.value, c.since
     from derived_claim c left join vo on vo.id = c.object and c.attribute like 'member.%'
     where c.attribute ~ '^(user|member)[.]'
     order by 1, 3, 2`,
  )
  return rows
}
