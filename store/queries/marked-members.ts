import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import type { Standing } from './standing.ts'

/** What is worth knowing of a few members of a VO, by their first identities. */
export interface MemberMarks {
  /** Who answers for a guest. */
  readonly sponsors: ReadonlyMap<IdentityRef, readonly IdentityRef[]>
  readonly serviceAccounts: ReadonlySet<IdentityRef>
}

/** Reads who of a VO has sponsors, and who is no person; which accounts were service accounts before is not kept. */
export async function readMemberMarks(db: Db, vo: number, standing: Standing): Promise<MemberMarks> {
  const { relations, moment, isPast } = standing
  const { rows: guests } = await db.query<{ user: IdentityRef; sponsors: IdentityRef[] }>(
    `select p.identities[1] as "user", array_agg(by.identities[1] order by by.identities[1]) as sponsors
     from ${relations(2).membership} m
     join person p on p.id = m.person_id
     join person by on by.id = case when m.origin_name ~ '^[0-9]+$' then m.origin_name::integer end
     where m.vo_id = $1 and m.origin = 'sponsor' and m.status = 'VALID' and by.identities <> '{}'
     group by 1`,
    [vo, ...moment],
  )
  const { rows: accounts } = await db.query<{ user: IdentityRef }>(
    `select p.identities[1] as "user" from owned_account a
     join member mb on mb.vo_id = $1 and mb.person_id = a.person_id join person p on p.id = a.person_id`,
    [vo],
  )
  return {
    sponsors: new Map(guests.map(({ user, sponsors }) => [user, sponsors])),
    serviceAccounts: new Set(isPast ? [] : accounts.map(({ user }) => user)),
  }
}
