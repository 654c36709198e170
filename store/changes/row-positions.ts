import { createHash } from 'node:crypto'
import type { DesiredRow } from '../../core/model/state.ts'
import type { Tx } from '../pool.ts'
import { columnsOf } from './row-columns.ts'
import { isNamed, named } from './rows.ts'

/** The declared members of one group, or of a VO itself, and where each is named, as text. */
interface Place {
  readonly vo: string
  /** `members` for the VO itself: that group stands for it. */
  readonly group: string
  readonly rows: DesiredRow[]
  readonly named: string[]
}

/**
 * Notes where each declared membership stands now; `updatePositions` does the same for documents. Only the rows of groups
 * whose digest differs from the one noted last time are sent and looked at.
 */
export async function updateRowPositions(tx: Tx, rows: readonly DesiredRow[]): Promise<void> {
  const moved = await movedPlaces(tx, placesOf(rows))
  if (moved.length === 0) return
  const placed = moved
    .flatMap((place) => place.rows)
    .map(({ vo, group, user, at }) => {
      const kind = group === undefined ? 'Member' : 'GroupMember'
      return { action: 'change', kind, vo, name: group ?? vo, user, at } as const
    })
  await tx.query(
    `with ${named}
     update membership m set file = named.file, line = named.line, identity_id = named.identity_id from named
     where ${isNamed} and m.origin = 'config'
       and (m.file, m.line, m.identity_id) is distinct from (named.file, named.line, named.identity_id)`,
    [...columnsOf(placed)],
  )
  await noteDigests(tx, moved)
}

function placesOf(rows: readonly DesiredRow[]): readonly Place[] {
  const places = new Map<string, Place>()
  for (const row of rows) {
    const { vo, group = 'members', user, at } = row
    const key = `${vo}/${group}`
    const place = places.get(key) ?? { vo, group, rows: [], named: [] }
    places.set(key, place)
    place.rows.push(row)
    place.named.push(user, at.file, String(at.line))
  }
  return [...places.values()]
}

interface MovedPlace extends Omit<Place, 'named'> {
  readonly id: number
  readonly digest: string
}

/** Those whose digest is another; a group that is not there yet gets its rows' places with its rows. */
async function movedPlaces(tx: Tx, places: readonly Place[]): Promise<readonly MovedPlace[]> {
  const digests = places.map(({ named }) => createHash('sha256').update(named.join('\0')).digest('hex'))
  const { rows } = await tx.query<{ id: number; place: number }>(
    `select g.id, x.place::integer - 1 as place
     from unnest($1::text[], $2::text[], $3::text[]) with ordinality as x(vo, name, digest, place)
     join vo on vo.name = x.vo
     join groups g on g.vo_id = vo.id and g.name = x.name
     where g.row_places is distinct from x.digest`,
    [places.map(({ vo }) => vo), places.map(({ group }) => group), digests],
  )
  return rows.flatMap(({ id, place: index }) => {
    const place = places[index]
    return place === undefined ? [] : [{ ...place, id, digest: digests[index] ?? '' }]
  })
}

/** Only where all its rows are in force: of the others the next commit must ask again. */
async function noteDigests(tx: Tx, moved: readonly MovedPlace[]): Promise<void> {
  const files = moved.flatMap(({ id, rows }) =>
    rows.map(({ user, at }) => ({ id, user, file: at.file, line: at.line })),
  )
  const counts = moved.map(({ rows }) => rows.length)
  await tx.query(
    `with standing as (
       select x.id, count(*) as rows
       from unnest($4::integer[], $5::text[], $6::text[], $7::integer[]) as x(id, "user", file, line)
       join groups g on g.id = x.id
       join identity i on i.ref = x."user"
       join membership m on m.vo_id = g.vo_id and m.person_id = i.person_id and m.origin = 'config'
         and m.group_id is not distinct from case when g.is_members then null else g.id end
         and (m.file, m.line) = (x.file, x.line)
       group by 1
     )
     update groups g set row_places = x.digest
     from unnest($1::integer[], $2::text[], $3::integer[]) as x(id, digest, rows)
     join standing on (standing.id, standing.rows) = (x.id, x.rows)
     where g.id = x.id`,
    [
      ...[moved.map(({ id }) => id), moved.map(({ digest }) => digest), counts],
      ...[files.map(({ id }) => id), files.map(({ user }) => user)],
      ...[files.map(({ file }) => file), files.map(({ line }) => line)],
    ],
  )
}
