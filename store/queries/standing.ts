import type { Day } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
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
  /** Objects with id and name; groups and resources with vo_id, groups with is_members, resources with facility_id. */
  readonly vo: string
  readonly group: string
  readonly resource: string
  readonly facility: string
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
  ...{ vo: 'vo', group: 'groups', resource: 'resource', facility: 'facility' },
  closureOf: (group) => `(select above, below from closure where above = ${group})`,
}

/** As things are. */
export const now: Standing = { isPast: false, relations: () => tables, moment: [] }

/** When a question is about, and when it is asked. */
export interface Then {
  readonly asOf: AsOf
  /** What is to come by then nobody can tell; without it nothing is. */
  readonly askedAt?: Date | undefined
  /** Whose time zone a day is of; without it, the instance's. */
  readonly vo?: number
}

/** As things were at a moment. */
export function standingOf(moment: Date): Standing {
  return { isPast: true, relations: relationsAt, moment: [moment] }
}

/** The moment itself, or the end of the day, of which today has only come to now; refused where it is yet to come. */
export async function momentOf(db: Db, { asOf, askedAt, vo }: Then): Promise<Date> {
  if (asOf instanceof Date) {
    if (askedAt !== undefined && asOf > askedAt) throw toCome(asOf.toISOString(), 'moment')
    return asOf
  }
  const { rows } = await db.query<{ began: Date; ended: Date }>(
    `select start_of($1, here.zone) as began, start_of($1::date + 1, here.zone) - interval '1 microsecond' as ended
     from (select coalesce(zone_of($2), zone_of_instance()) as zone) here`,
    [asOf, vo ?? null],
  )
  const [{ began, ended } = { began: new Date(asOf), ended: new Date(asOf) }] = rows
  if (askedAt === undefined) return ended
  if (began > askedAt) throw toCome(asOf, 'day')
  return ended > askedAt ? askedAt : ended
}

function toCome(when: string, what: 'day' | 'moment'): GuildhallError {
  const expected = what === 'day' ? 'today or an earlier day' : 'now or an earlier moment'
  const message = `Cannot answer as of ${when}: the ${what} is yet to come; expected ${expected}, and for what is to come \`guildhall forecast\` or \`guildhall plan --at\``
  return new GuildhallError('MOMENT_TO_COME', message, { facts: { asOf: when } })
}

function relationsAt(parameter: number): Relations {
  const moment = `$${parameter}::timestamptz`
  return {
    member: `member_at(${moment})`,
    membership: `membership_at(${moment})`,
    edge: `edge_at(${moment})`,
    ban: `ban_at(${moment})`,
    assignment: `assignment_at(${moment})`,
    vo: `object_at('VO', ${moment})`,
    group: `object_at('Group', ${moment})`,
    resource: `object_at('Resource', ${moment})`,
    facility: `object_at('Facility', ${moment})`,
    closureOf: (group) => `closure_at(${group}, ${moment})`,
  }
}
