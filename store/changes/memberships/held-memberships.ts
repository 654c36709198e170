import type { MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { ActInput } from './act.ts'
import type { FoundSet } from './read-standing.ts'

/** An act on memberships as a hold keeps it: by ids, and in the order of people. */
export interface HeldMemberships {
  readonly type: 'membership'
  readonly act: MemberAct
  readonly vo: number
  readonly group: number | null
  readonly requests: readonly HeldRequest[]
}

interface HeldRequest {
  readonly person: number
  /** The date asked for, where one was, or `never`. */
  readonly expires?: string
  /** Where it is not that of the hold. */
  readonly reason?: string
}

/** One person of an act, the date asked for, null for none, and a reason of its own. */
interface Asked {
  readonly person: number
  readonly expires?: Day | null | undefined
  readonly reason?: string | undefined
}

/** Writes down an act so that it can be done later. */
export function heldMemberships({ voId, groupId }: FoundSet, act: MemberAct, asked: readonly Asked[]) {
  const requests = [...asked]
    .sort((a, b) => a.person - b.person)
    .map(({ person, expires, reason }) => ({
      person,
      ...(expires === undefined ? {} : { expires: expires ?? 'never' }),
      ...(reason === undefined ? {} : { reason }),
    }))
  return { type: 'membership', act, vo: voId, group: groupId, requests } satisfies HeldMemberships
}

/**
 * Reads an act back by the names of `now`; undefined where the VO or group is gone. Whoever was erased is in it no more, and an end that
 * has come while it was held is at once.
 */
export async function readHeldMemberships(
  tx: Tx,
  { act, vo, group, requests }: HeldMemberships,
  now: Date,
): Promise<Pick<ActInput, 'act' | 'vo' | 'group' | 'requests'> | undefined> {
  const { rows } = await tx.query<{ vo: string; group: string | null }>(
    `select vo.name as vo, g.name as "group" from vo left join groups g on g.vo_id = vo.id and g.id = $2
     where vo.id = $1 and ($2::integer is null or g.id is not null)`,
    [vo, group],
  )
  const [place] = rows
  if (place === undefined) return undefined
  const people = await tx.query<{ user: IdentityRef; expires: string | null; reason: string | null }>(
    `select p.identities[1] as "user",
       case when $3 and x.expires <> 'never' then greatest(x.expires, day_of($4, zone_of($2))::text) else x.expires end as expires,
       x.reason
     from json_to_recordset($1::json) as x(person integer, expires text, reason text) join person p on p.id = x.person
     where cardinality(p.identities) > 0
     order by 1`,
    [JSON.stringify(requests), vo, act === 'expires', now],
  )
  return {
    ...{ act, vo: place.vo, ...(place.group === null ? {} : { group: place.group }) },
    requests: people.rows.map(({ user, expires, reason }) => ({
      user,
      ...(reason === null ? {} : { reason }),
      ...(expires === null ? {} : { expires: expires === 'never' ? null : expires }),
    })),
  }
}
