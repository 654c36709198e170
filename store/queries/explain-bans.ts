import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { AskedMember } from './explain-member.ts'

/** From what a ban keeps somebody out. */
interface Places {
  readonly vos: readonly number[]
  readonly resourceId?: number
  readonly facilityId?: number
}

/** Tells the bans of a person from these places, each a reason of its own. */
export async function bansFrom(
  db: Db,
  { user, personId, standing }: Pick<AskedMember, 'personId' | 'standing' | 'user'>,
  { vos, resourceId, facilityId }: Places,
): Promise<WhyAnswer['missing']> {
  const { vo, resource, facility, ban } = standing.relations(5)
  const { rows } = await db.query<{ place: string; reason: string; until: string | null }>(
    `select coalesce('VO "' || vo.name || '"', 'resource "' || rv.name || '/' || r.name || '"', 'facility "' || f.name || '"') as place,
       b.reason, b.until::text as until
     from ${ban} b
     left join ${vo} vo on vo.id = b.vo_id
     left join ${resource} r on r.id = b.resource_id left join ${vo} rv on rv.id = r.vo_id
     left join ${facility} f on f.id = b.facility_id
     where b.person_id = $1 and (b.vo_id = any($2) or b.resource_id = $3 or b.facility_id = $4)
     order by b.vo_id nulls last, b.resource_id nulls last`,
    [personId, vos, resourceId ?? null, facilityId ?? null, ...standing.moment],
  )
  return rows.map(({ place, reason, until }) => ({
    code: 'banned',
    message: `"${user}" is banned from ${place}${until === null ? '' : ` until ${until}`}: ${reason === '' ? 'no reason was given' : reason}`,
  }))
}
