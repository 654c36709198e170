import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'

/** Tells which services on the resource are asked not to show somebody who is EXPIRED or banned. */
export async function servicesWithout(
  db: Db,
  { user, resourceId, standing }: Asked,
  is: { readonly expired: boolean; readonly banned: boolean },
): Promise<WhyAnswer['missing']> {
  // How services were then is not kept.
  if (standing.isPast || (!is.expired && !is.banned)) return []
  const { rows } = await db.query<{ service: string; people: string }>(
    `select s.name as service, case when $2 and s.spec->'deliver'->'expired' = 'false' then 'EXPIRED' else 'banned' end as people
     from resource_service rs join service s on s.id = rs.service_id
     where rs.resource_id = $1
       and ($2 and s.spec->'deliver'->'expired' = 'false' or $3 and s.spec->'deliver'->'banned' = 'false')
     order by 1`,
    [resourceId, is.expired, is.banned],
  )
  return rows.map(({ service, people }) => ({
    code: 'not-delivered',
    message: `"${user}" is ${people}, and service "${service}" delivers nobody who is`,
  }))
}
