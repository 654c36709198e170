import type { Candidate, SponsoredGuest, Sponsorship } from '../../../core/lifecycle/acts/sponsoring.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { isHolding } from '../../is-holding.ts'
import type { Tx } from '../../pool.ts'
import { readStandings, type FoundSet } from '../memberships/read-standing.ts'

/** Whose guest somebody is or becomes. */
export interface Pairing {
  readonly user: IdentityRef
  readonly sponsor: IdentityRef
  /** Who takes over. */
  readonly to?: IdentityRef | undefined
}

/** A guest and a sponsor as they stand, by their first identities. */
export interface FoundPairing {
  readonly person: number
  readonly user: IdentityRef
  readonly sponsor: { readonly person: number; readonly user: IdentityRef }
  readonly to: { readonly person: number; readonly user: IdentityRef } | undefined
  readonly guest: SponsoredGuest
  /** Who is to answer for the guest: who takes over, else the sponsor. */
  readonly candidate: Candidate
}

/** Who of a pairing nobody knows. */
export interface UnknownPairing {
  readonly unknown: IdentityRef
}

interface OwnRow {
  readonly status: Sponsorship['status']
  readonly expires: string | null
  readonly leaving: Sponsorship['leaving'] | null
  readonly dateBefore: string | null
}

interface PairRow {
  readonly sponsor: FoundPairing['sponsor'] | null
  readonly to: FoundPairing['sponsor'] | null
  readonly is_sponsor: boolean | null
  readonly is_ended_by_person: boolean
  readonly own: OwnRow | null
  readonly successor: OwnRow | null
  readonly held: { readonly until: string | null } | null
}

/** Reads how guests and sponsors of a VO stand, a pair each in the order asked, and locks the guests to the transaction's end. */
export async function readPairings(
  tx: Tx,
  set: FoundSet,
  pairings: readonly Pairing[],
): Promise<(FoundPairing | UnknownPairing)[]> {
  const standings = await readStandings(
    tx,
    set,
    pairings.map(({ user }) => user),
  )
  const rows = await readPairs(tx, set, pairings)
  return pairings.map(({ user, sponsor, to }, index) => {
    const found = standings.get(user)
    const row = rows[index]
    if (found === undefined) return { unknown: user }
    if (row?.sponsor == null) return { unknown: sponsor }
    if (to !== undefined && row.to === null) return { unknown: to }
    const answerable = row.to ?? row.sponsor
    return {
      ...{ person: found.person, user: found.user, sponsor: row.sponsor, to: row.to ?? undefined },
      guest: {
        ...{ set, standing: found.standing, today: set.today, isEndedByPerson: row.is_ended_by_person },
        ...{ heldUntil: row.held === null ? undefined : row.held.until },
        ...{ own: sponsorshipOf(row.own), successor: sponsorshipOf(row.successor) },
      },
      candidate: {
        ...{ isSponsor: row.is_sponsor === true, isGuest: answerable.person === found.person },
        isOwnSponsor: row.to?.person === row.sponsor.person,
      },
    }
  })
}

function sponsorshipOf(row: OwnRow | null): Sponsorship | undefined {
  if (row === null) return undefined
  const { status, expires, leaving, dateBefore } = row
  return {
    ...{ status, expires: expires ?? undefined },
    ...{ leaving: leaving ?? undefined, dateBefore: dateBefore ?? undefined },
  }
}

const personOf = (identity: string): string => `left join identity ${identity}i on ${identity}i.ref = a.${identity}
  left join person ${identity}p on ${identity}p.id = ${identity}i.person_id`

const named = (person: string): string =>
  `case when ${person}.id is not null then json_build_object('person', ${person}.id, 'user', ${person}.identities[1]) end`

const rowBy = (sponsor: string): string => `(
  select json_build_object('status', s.status, 'expires', s.expires, 'leaving', s.leaving, 'dateBefore', s.date_before)
  from sponsorship s where s.vo_id = $1 and s.person_id = guesti.person_id and s.sponsor_id = ${sponsor}.id)`

async function readPairs(tx: Tx, { voId }: FoundSet, pairings: readonly Pairing[]): Promise<readonly PairRow[]> {
  const { rows } = await tx.query<PairRow>(
    `select ${named('sponsorp')} as sponsor, ${named('successorp')} as "to",
       is_sponsor(vo, coalesce(successorp.id, sponsorp.id)) as is_sponsor,
       exists (
         select from member mb
         where mb.vo_id = $1 and mb.person_id = guesti.person_id and mb.status = 'DISABLED' and is_by_person(mb.ended_by)
       ) as is_ended_by_person,
       ${rowBy('sponsorp')} as own, ${rowBy('successorp')} as successor,
       (select json_build_object('until', case when bool_and(m.expires is not null) then max(m.expires) end)
        from membership m
        where m.vo_id = $1 and m.person_id = guesti.person_id and m.status = 'VALID'
          and ${isHolding}
          and (m.origin, m.origin_name) is distinct from ('sponsor', sponsorp.id::text)
        having count(*) > 0) as held
     from unnest($2::text[], $3::text[], $4::text[]) with ordinality as a(guest, sponsor, successor, place)
     join vo on vo.id = $1
     left join identity guesti on guesti.ref = a.guest
     ${personOf('sponsor')}
     ${personOf('successor')}
     order by a.place`,
    [
      voId,
      pairings.map(({ user }) => user),
      pairings.map(({ sponsor }) => sponsor),
      pairings.map(({ to }) => to ?? null),
    ],
  )
  return rows
}
