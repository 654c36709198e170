import { membersGroup } from '../../core/config/references.ts'
import type { Db } from '../pool.ts'
import { notInForce } from './not-in-force.ts'
import { now, standingAt, type AsOf, type Standing } from './standing.ts'

/** A VO, or one of its groups, as it is or was. */
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

/** Finds a VO or group by name; OBJECT_UNKNOWN where there is none. */
export async function findSet(db: Db, { vo, group, asOf, askedAt }: Asked): Promise<FoundSet> {
  const { rows } = await db.query<{ vo: number; group: number | null }>(
    `select vo.id as vo, g.id as "group" from vo left join groups g on g.vo_id = vo.id and g.name = $2 and not g.is_members
     where vo.name = $1`,
    [vo, group],
  )
  const [found] = rows
  if (found === undefined) throw await notInForce(db, 'look up', { kind: 'vo', vo })
  const standing = asOf === undefined ? now : await standingAt(db, { asOf, askedAt, vo: found.vo })
  if (group === undefined || group === membersGroup) return { vo: found.vo, standing }
  if (found.group === null) throw await notInForce(db, 'look up', { kind: 'group', vo, name: group })
  return { vo: found.vo, group: found.group, standing }
}
