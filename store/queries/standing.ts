import type { Day } from '../../core/lifecycle/calendar.ts'
import type { Db } from '../pool.ts'

/** A day, whose end in the VO's time zone is meant, or a moment. */
export type AsOf = Day | Date

/** What queries read in place of the tables: they themselves, or what was in them at a moment. */
interface Relations {
  readonly member: string
  readonly membership: string
  readonly edge: string
  readonly ban: string
  /** Groups on resources. */
  readonly assignment: string
  /** A group, given by an expression, with everything below it: rows (above, below). */
  readonly closureOf: (group: string) => string
}

/** When queries look, now or then. */
export interface Standing {
  readonly isPast: boolean
  /** What to read; a moment stands in the parameter of this number. */
  readonly relations: (parameter: number) => Relations
  /** That parameter, where there is one. */
  readonly moment: readonly Date[]
}

const tables: Relations = {
  ...{ member: 'member', membership: 'membership', edge: 'edge', ban: 'ban', assignment: 'resource_group' },
  closureOf: (group) => `(select above, below from closure where above = ${group})`,
}

/** As things are. */
export const now: Standing = { isPast: false, relations: () => tables, moment: [] }

/** As things were in a VO. */
export async function standingAt(db: Db, vo: number, asOf: AsOf): Promise<Standing> {
  const { rows } = await db.query<{ moment: Date }>(
    typeof asOf === 'string'
      ? 'select end_of($2, $1) as moment'
      : 'select $2::timestamptz as moment from vo where id = $1',
    [vo, asOf],
  )
  return { isPast: true, relations: relationsAt, moment: rows.map(({ moment }) => moment) }
}

function relationsAt(parameter: number): Relations {
  const moment = `$${parameter}::timestamptz`
  return {
    member: `member_at(${moment})`,
    membership: `membership_at(${moment})`,
    edge: `edge_at(${moment})`,
    ban: `ban_at(${moment})`,
    assignment: `assignment_at(${moment})`,
    closureOf: (group) => `closure_at(${group}, ${moment})`,
  }
}
