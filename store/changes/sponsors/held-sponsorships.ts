import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { FoundSet } from '../memberships/read-standing.ts'
import type { SponsorAct, SponsorInput } from './change-sponsors.ts'

/** An act on sponsorships as a hold keeps it. */
export interface HeldSponsorships {
  readonly type: 'sponsorship'
  readonly act: SponsorAct
  readonly vo: number
  readonly requests: readonly HeldSponsorship[]
}

/** A guest, whose sponsor, and of `transfer` who takes over; in the order in which it was asked for. */
interface HeldSponsorship {
  readonly person: number
  readonly sponsor: number
  readonly to?: number
  readonly until?: Day
  /** Where it is not that of the hold. */
  readonly reason?: string
}

/** Writes down an act so that it can be done later. */
export function heldSponsorships(
  { voId }: FoundSet,
  act: SponsorAct,
  requests: readonly HeldSponsorship[],
): HeldSponsorships {
  return { type: 'sponsorship', act, vo: voId, requests }
}

/**
 * Reads an act back by the names of `now`; undefined where the VO is gone. Who was erased is in it no more, and an end that has come
 * while it was held is at once.
 */
export async function readHeldSponsorships(
  tx: Tx,
  { act, vo: id, requests }: HeldSponsorships,
  now: Date,
): Promise<Pick<SponsorInput, 'act' | 'vo' | 'requests'> | undefined> {
  const vos = await tx.query<{ name: string }>('select name from vo where id = $1', [id])
  const [vo] = vos.rows
  if (vo === undefined) return undefined
  const { rows } = await tx.query<{
    user: IdentityRef
    sponsor: IdentityRef
    to: IdentityRef | null
    until: Day | null
    reason: string | null
  }>(
    `select guest.identities[1] as "user", sponsor.identities[1] as sponsor, successor.identities[1] as "to",
       case when $3 and x.until is not null then greatest(x.until, day_of($4, zone_of($2))::text) else x.until end as until, x.reason
     from json_array_elements($1::json) with ordinality as r(request, place)
     cross join json_to_record(request) as x(person integer, sponsor integer, "to" integer, until text, reason text)
     join person guest on guest.id = x.person and guest.identities <> '{}'
     join person sponsor on sponsor.id = x.sponsor and sponsor.identities <> '{}'
     left join person successor on successor.id = x.to and successor.identities <> '{}'
     where x.to is null or successor.id is not null
     order by r.place`,
    [JSON.stringify(requests), id, act === 'remove', now],
  )
  return {
    ...{ act, vo: vo.name },
    requests: rows.map(({ user, sponsor, to, until, reason }) => ({
      ...{ user, sponsor },
      ...(to === null ? {} : { to }),
      ...(until === null ? {} : { until }),
      ...(reason === null ? {} : { reason }),
    })),
  }
}
