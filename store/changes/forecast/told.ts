import { isAddress } from '../../../core/notifications/is-address.ts'
import type { ForecastChange, ForecastEnd } from '../../../core/model/forecast.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { Loss } from '../../../core/model/plan.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { leaveUntold, noticesOf, takeUntold } from '../notices.ts'

/** How far the events and notices have been read. */
export interface Read {
  readonly event: string
  readonly notice: string
}

/** Tells where events and notices end now. */
export async function readEnds(tx: Tx): Promise<Read> {
  const { rows } = await tx.query<Read>(
    `select (select coalesce(max(id), 0) from event)::text as event, (select coalesce(max(id), 0) from notice)::text as notice`,
  )
  return rows[0] ?? { event: '0', notice: '0' }
}

interface EventRow {
  readonly action: string
  readonly kind: string
  readonly vo: string | null
  readonly name: string
  readonly personal: {
    readonly user: IdentityRef
    readonly after?: string
    readonly expires?: Day | null
  }
}

/** Lists what was done since, by the audit events that tell of it, and which notices were given. */
export async function changesSince(
  tx: Tx,
  { event, notice }: Read,
  { day, at }: { readonly day: Day; readonly at: Date },
): Promise<ForecastChange[]> {
  const events = await tx.query<EventRow>(
    `select e.action, e.kind, e.vo, e.name, d.personal from event e join event_detail d on d.event_id = e.id
     where e.id > $1::bigint and d.personal ? 'user' order by e.id`,
    [event],
  )
  const notices = await tx.query<{ vo: string; user: IdentityRef; name: string; expires: Day }>(
    `select vo.name as vo, p.identities[1] as "user", n.kind as name, n.date::text as expires
     from notice n join vo on vo.id = n.vo_id join person p on p.id = n.person_id
     where n.id > $1::bigint order by vo.name, p.identities[1], n.kind`,
    [notice],
  )
  const when = { at: at.toISOString(), day }
  return [
    ...events.rows.flatMap((row) => (saysNothing(row) ? [] : [{ ...when, ...changeOf(row) }])),
    ...notices.rows.map((row) => ({ ...when, ...row, what: 'notice' })),
  ]
}

/** Lists the VOs, groups and resources that have ended since. */
export async function endsSince(
  tx: Tx,
  { event }: Pick<Read, 'event'>,
  { day, at }: { readonly day: Day; readonly at: Date },
): Promise<ForecastEnd[]> {
  const { rows } = await tx.query<Pick<ForecastEnd, 'vo' | 'kind' | 'name'>>(
    `select coalesce(vo, name) as vo, kind, name from event
     where id > $1::bigint and action = 'end' and kind in ('VO', 'Group', 'Resource') order by id`,
    [event],
  )
  return rows.map((end) => ({ at: at.toISOString(), day, ...end }))
}

/** Tells who has no access any more to which resource. */
export async function accessLost(
  tx: Tx,
  losses: readonly Loss[],
  { day, at }: { readonly day: Day; readonly at: Date },
): Promise<ForecastChange[]> {
  const lost = losses.flatMap(({ set, user }) =>
    set.kind === 'resource' ? [{ vo: set.vo, name: set.name, user }] : [],
  )
  const { rows } = await tx.query<{ vo: string; name: string; user: IdentityRef }>(
    `select x.vo, x.name, p.identities[1] as "user"
     from json_to_recordset($1::json) as x(vo text, name text, "user" integer) join person p on p.id = x."user"
     order by x.vo collate "C", x.name collate "C", p.identities[1] collate "C"`,
    [JSON.stringify(lost)],
  )
  return rows.map(({ vo, name, user }) => ({ at: at.toISOString(), day, vo, user, what: 'loses access', name }))
}

/** The end of a row of the VO itself is told by the status that the member gets, if any. */
function saysNothing({ action, kind }: EventRow): boolean {
  return action === 'expire' && kind === 'Member'
}

function changeOf({ action, kind, vo, name, personal }: EventRow): Omit<ForecastChange, 'at' | 'day'> {
  const { user, after, expires } = personal
  const what = action === 'status' ? (after ?? action) : (words[action] ?? action)
  const isOfVo = vo !== null && name === vo && kind !== 'Ban'
  return { vo, user, what, ...(isOfVo ? {} : { name }), ...(typeof expires === 'string' ? { expires } : {}) }
}

const words: Readonly<Record<string, string>> = {
  expire: 'EXPIRED',
  end: 'deleted',
  remove: 'removed',
  extend: 'extended',
}

/** Counts the mails that a VO's notices come to, one for each person and date, and those that nobody can be told of. */
export async function countTold(
  tx: Tx,
  { vo, now }: { readonly vo: string; readonly now: Date },
): Promise<{ readonly mails: number; readonly unreachable: number }> {
  const untold = await takeUntold(tx, { vo, now, atMost: 10_000_000 })
  await leaveUntold(tx, untold.flatMap(noticesOf))
  const reachable = untold.filter(({ email }) => email !== null && isAddress(email))
  return { mails: reachable.length, unreachable: untold.length - reachable.length }
}
