import type { Day } from '../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../core/model/state.ts'
import type { Db } from './pool.ts'
import { findMissing, notInForce } from './queries/not-in-force.ts'
import { requireKnown } from './queries/require-known.ts'

/** Who answers for a guest of a VO. */
export interface ListedSponsorship {
  readonly vo: string
  readonly user: IdentityRef
  /** Null where nobody is left of the sponsor. */
  readonly sponsor: IdentityRef | null
  readonly status: 'VALID' | 'EXPIRED'
  /** The first day on which it is over; null for none. */
  readonly until: Day | null
  /** Why the sponsor is leaving: withdrew, or is gone; null for one who stays. */
  readonly leaving: 'withdrawn' | 'gone' | null
  readonly since: Date
}

/** Lists who answers for whom: of one VO, by one sponsor, or all. Throws OBJECT_UNKNOWN, IDENTITY_UNKNOWN. */
export async function listSponsorships(
  db: Db,
  { vo, sponsor }: { readonly vo?: string; readonly sponsor?: IdentityRef } = {},
): Promise<ListedSponsorship[]> {
  const { rows } = await db.query<ListedSponsorship>(
    `select vo.name as vo, p.identities[1] as "user", by.identities[1] as sponsor, s.status, s.expires::text as until,
       s.leaving, s.since
     from sponsorship s
     join vo on vo.id = s.vo_id
     join person p on p.id = s.person_id
     left join person by on by.id = s.sponsor_id
     where ($1::text is null or vo.name = $1)
       and ($2::text is null or s.sponsor_id = (select person_id from identity where ref = $2))
     order by 1, 2, 3`,
    [vo ?? null, sponsor ?? null],
  )
  if (rows.length > 0) return rows
  if (vo !== undefined && (await findMissing(db, { kind: 'vo', vo })) !== undefined)
    throw await notInForce(db, 'list the guests of', { kind: 'vo', vo })
  if (sponsor !== undefined) await requireKnown(db, 'list the guests of', sponsor)
  return rows
}
