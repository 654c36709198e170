import { groupBy } from '../../core/model/group-by.ts'
import { isUnheld } from '../is-holding.ts'
import type { Tx } from '../pool.ts'
import { endMemberships } from './members.ts'
import { servicesTouched, type FacilityService } from './outbox.ts'
import { endRowsOfMembers, type TouchedRow } from './rows.ts'
import type { Trail } from './trail.ts'

type Member = Pick<TouchedRow, 'vo' | 'person'>

interface Ending {
  /** Of whom a row may have gone. */
  readonly touched: readonly Member[]
  /** When it begins to be so in one VO; elsewhere, and without this, at the moment of the change. */
  readonly past?: { readonly vo: number; readonly moment: Date } | undefined
}

/** What came of it. */
interface Ended {
  /** The VOs, by name. */
  readonly vos: readonly string[]
  /** Which showed them. */
  readonly services: readonly FacilityService[]
}

/**
 * An exclusive VO has no members whom nothing holds: they are out of it at once, with the rows that others than git, sources and
 * rules gave them in its groups, as `leaveGroups` in core plans it. Elsewhere `keepUnheld` keeps them.
 */
export async function endUnheld(tx: Tx, trail: Trail, { touched, past }: Ending): Promise<Ended> {
  const unheld = touched.length === 0 ? [] : await findUnheld(tx, touched)
  const those = [...new Set(unheld.map(({ person }) => person))]
  const services = await servicesTouched(tx, { groups: [], resources: [], facilities: [], persons: those })
  for (const [vo, members] of groupBy(unheld, (one) => one.vo)) {
    const persons = members.map(({ person }) => person)
    const at = past?.vo === vo ? past.moment : trail.at
    await endRowsOfMembers(tx, { vo, persons }, at)
    await endMemberships(tx, trail, { vo, persons, at, reason: 'nothing holds them any more' })
  }
  return { vos: [...new Set(unheld.map(({ name }) => name))], services }
}

async function findUnheld(
  tx: Tx,
  touched: readonly Member[],
): Promise<readonly (Member & { readonly name: string })[]> {
  const { rows } = await tx.query<Member & { readonly name: string }>(
    `with touched as (
       select distinct t.vo_id, t.person_id from unnest($1::integer[], $2::integer[]) as t(vo_id, person_id)
     )
     select vo.id as vo, vo.name, mb.person_id as person
     from touched
     join vo on vo.id = touched.vo_id and is_exclusive(vo)
     join member mb on (mb.vo_id, mb.person_id) = (touched.vo_id, touched.person_id)
     where ${isUnheld}
     order by 1, 3`,
    [touched.map(({ vo }) => vo), touched.map(({ person }) => person)],
  )
  return rows
}
