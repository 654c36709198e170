import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { Tx } from '../../pool.ts'
import { notInForce } from '../../queries/not-in-force.ts'

/** The VO or group that a source fills. */
export interface SyncedSet {
  /** Of the row that stands for what the source says of it. */
  readonly sync: number
  readonly source: string
  readonly vo: { readonly id: number; readonly name: string }
  readonly group: { readonly id: number; readonly name: string } | undefined
  /** Of a VO's: the group below which subjects say which groups they are in. */
  readonly base: string | undefined
  readonly authoritative: boolean
  /** Whether a source may say that nobody is in it. */
  readonly mayBeEmpty: boolean
  /** In the VO's time zone. */
  readonly today: Day
}

/** What is to be synced from where. */
export interface SyncPlace {
  readonly source: string
  readonly vo: string
  /** Without it the rows are the VO's own. */
  readonly group?: string | undefined
  /** Whether the source says who is in it, or which groups lie below it; without it the former. */
  readonly kind?: 'members' | 'structure'
  /** Without a group: one read fills the groups below this one too; who is in none of them is a member of the VO alone. */
  readonly base?: string | undefined
  readonly authoritative: boolean
}

/** Finds the set, and notes whether the source has authority over the VO; OBJECT_UNKNOWN where something is not in force. */
export async function findSyncedSet(tx: Tx, place: SyncPlace, now: Date): Promise<SyncedSet> {
  const { source, vo, group, base, authoritative } = place
  const { rows } = await tx.query<{
    vo_id: number
    group_id: number | null
    has_source: boolean
    may_be_empty: boolean
    today: string
  }>(
    `select vo.id as vo_id, g.id as group_id, exists (select from source where name = $3) as has_source,
       coalesce((g.spec->>'allowEmpty')::boolean, false) as may_be_empty, day_of($4, zone_of(vo.id))::text as today
     from vo left join groups g on g.vo_id = vo.id and g.name = $2 and not g.is_members
     where vo.name = $1`,
    [vo, group ?? null, source, now],
  )
  const [found] = rows
  if (found === undefined || (group !== undefined && found.group_id === null))
    throw await notInForce(tx, 'sync', group === undefined ? { kind: 'vo', vo } : { kind: 'group', vo, name: group })
  if (!found.has_source) throw await notInForce(tx, 'sync from', { kind: 'source', name: source })
  const id = await noteSync(tx, place, found)
  return {
    ...{ sync: id, source, base, authoritative, today: found.today, mayBeEmpty: found.may_be_empty },
    vo: { id: found.vo_id, name: vo },
    group: group === undefined || found.group_id === null ? undefined : { id: found.group_id, name: group },
  }
}

async function noteSync(
  tx: Tx,
  { source, kind = 'members', authoritative }: SyncPlace,
  { vo_id: vo, group_id: group }: { readonly vo_id: number; readonly group_id: number | null },
): Promise<number> {
  const { rows } = await tx.query<{ id: number; authoritative: boolean }>(
    `select id, authoritative from sync
     where vo_id = $1 and group_id is not distinct from $2 and source = $3 and kind = $4`,
    [vo, group, source, kind],
  )
  const [known] = rows
  if (known?.authoritative === authoritative) return known.id
  const { rows: noted } = await tx.query<{ id: number }>(
    `insert into sync (vo_id, group_id, source, kind, authoritative) values ($1, $2, $3, $4, $5)
     on conflict (vo_id, group_id, source, kind) do update set authoritative = excluded.authoritative returning id`,
    [vo, group, source, kind, authoritative],
  )
  return noted[0]?.id ?? 0
}
