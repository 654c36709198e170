import { membersGroup } from '../../core/config/references.ts'
import type { Db } from '../pool.ts'
import { notInForce, type NamedObject } from './not-in-force.ts'
import { momentOf, now, standingOf, type AsOf, type Standing } from './standing.ts'

/** A VO, or something in it, as it is or was. */
interface Asked {
  readonly vo: string
  readonly group?: string | undefined
  /** Without it, now. */
  readonly asOf?: AsOf | undefined
  readonly askedAt?: Date | undefined
}

/** The ids of what is asked about, and when to look. */
export interface FoundSet {
  readonly vo: number
  /** Absent for the VO, and for its group `members`. */
  readonly group?: number
  readonly standing: Standing
}

/** Finds a VO or group by the name that it has, or had then; OBJECT_UNKNOWN where there is none. */
export async function findSet(db: Db, { vo, group, asOf, askedAt }: Asked): Promise<FoundSet> {
  const standing = await standingIn(db, { vo, asOf, askedAt })
  const named: NamedObject =
    group === undefined || group === membersGroup ? { kind: 'vo', vo } : { kind: 'group', vo, name: group }
  const found = await findObject(db, standing, named)
  if (found === undefined) throw await notInForce(db, 'look up', named)
  return named.kind === 'vo' ? { vo: found.vo, standing } : { vo: found.vo, group: found.id, standing }
}

/** When to look at a VO: a day is one of its time zone. */
export async function standingIn(db: Db, { vo, asOf, askedAt }: Omit<Asked, 'group'>): Promise<Standing> {
  if (asOf === undefined) return now
  const { rows } = await db.query<{ id: number }>(
    `select id from vo where name = $1
     union
     select p.object_id from object_past p where (p.kind, p.name) = ('VO', $1)`,
    [vo],
  )
  // Several have had the name only one after the other: the one that had it then says what the day is.
  for (const { id } of rows) {
    const standing = standingOf(await momentOf(db, { asOf, askedAt, vo: id }))
    if ((await findObject(db, standing, { kind: 'vo', vo }))?.vo === id) return standing
  }
  return standingOf(await momentOf(db, { asOf, askedAt }))
}

interface FoundObject {
  readonly vo: number
  /** The VO's own for a VO. */
  readonly id: number
}

/** Finds something by the name that it has, or had then, which counts before the one of now; also what is gone. */
export async function findObject(
  db: Db,
  standing: Standing,
  named: NamedObject & { readonly kind: 'group' | 'resource' | 'vo' },
): Promise<FoundObject | undefined> {
  const vo = await byName(db, standing, { kind: 'VO', name: named.vo })
  if (vo === undefined || named.kind === 'vo') return vo === undefined ? undefined : { vo, id: vo }
  const kind = named.kind === 'group' ? 'Group' : 'Resource'
  const id = await byName(db, standing, { kind, name: named.name, vo })
  return id === undefined ? undefined : { vo, id }
}

interface Name {
  readonly kind: 'Facility' | 'Group' | 'Resource' | 'Service' | 'VO'
  readonly name: string
  readonly vo?: number
}

async function byName(db: Db, { isPast, moment }: Standing, { kind, name, vo }: Name): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `select id from (
       select o.id, 2 as place, 'infinity'::timestamptz as ended from named_object o
       where (o.kind, o.name) = ($1, $2) and o.vo_id is not distinct from $3 and not o.is_members
       ${
         isPast
           ? `union all
       select p.object_id, case when p.began <= $4 then 1 else 3 end, p.ended from object_past p
       where (p.kind, p.name) = ($1, $2) and p.vo_id is not distinct from $3 and p.ended > $4`
           : ''
       }
     ) named
     order by place, ended limit 1`,
    [kind, name, vo ?? null, ...moment],
  )
  return rows[0]?.id
}

/** What a facility or service of this name was called then; the name itself where nothing has or had it. */
export async function nameThen(
  db: Db,
  standing: Standing,
  named: Name & { readonly kind: 'Facility' | 'Service' },
): Promise<string> {
  const id = await byName(db, standing, named)
  if (id === undefined) return named.name
  const { rows } = await db.query<{ name: string }>('select name from object_at($1, $3) where id = $2', [
    ...[named.kind, id],
    ...standing.moment,
  ])
  return rows[0]?.name ?? named.name
}
