import type { ListedBlock } from '../core/model/answers.ts'
import type { Db } from './pool.ts'

/** What is blocked: deliveries of a facility, or a person in the files of a facility or of all. */
export interface BlockPlace {
  readonly facility?: string
  readonly service?: string
  readonly destination?: string
  /** Any identity of somebody; without a facility, everywhere. */
  readonly user?: string
}

/** The block or pause of deliveries of facility `d` and service `s` to destination `d` that lasts longest, as a row `block` of json. */
export const blockOfLine = `left join lateral (
    select json_build_object(
      'kind', b.kind, 'by', b.actor, 'reason', b.reason, 'since', ${iso('b.since')}, 'until', ${iso('b.ends_at')}) as block
    from delivery_block b
    where b.facility_id = d.facility_id and b.person_id is null
      and (b.service_id is null or b.service_id = s.id) and (b.destination is null or b.destination = d.name)
    order by b.ends_at desc nulls first, b.id limit 1
  ) b on true`

/** Whether operators keep person `x` out of the files of facility $1. */
export const isBlockedHere = `exists (
    select from delivery_block b where b.person_id = x.person_id and (b.facility_id is null or b.facility_id = $1))`

/** Lists blocks and pauses in force, by what is blocked. */
export async function listBlocks(db: Db): Promise<ListedBlock[]> {
  const { rows } = await db.query<ListedBlock>(
    `${blocks} order by f.name nulls first, s.name nulls first, b.destination nulls first, "user", b.kind`,
  )
  return rows
}

/** Reads one block. */
export async function readBlock(db: Db, id: number): Promise<ListedBlock | undefined> {
  const { rows } = await db.query<ListedBlock>(`${blocks} where b.id = $1`, [id])
  return rows[0]
}

const blocks = `select b.kind, f.name as facility, s.name as service, b.destination, p.identities[1] as "user",
    b.reason, b.actor as by, b.authentication, ${iso('b.since')} as since, ${iso('b.ends_at')} as until
  from delivery_block b
  left join facility f on f.id = b.facility_id
  left join service s on s.id = b.service_id
  left join person p on p.id = b.person_id`

function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
