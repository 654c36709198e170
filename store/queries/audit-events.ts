import type { Authentication } from '../../core/model/authentication.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import { findMissing, notInForce } from './not-in-force.ts'

/** One thing that happened. */
export interface ListedEvent {
  readonly id: number
  readonly at: Date
  /** A person as `person:<id>`, which stays when they are erased. */
  readonly actor: string
  readonly authentication: Authentication | null
  /** By which identity a person acted; null where it is erased, too. */
  readonly by: IdentityRef | null
  readonly commit: string | null
  readonly action: string
  readonly kind: string
  readonly vo: string | null
  readonly name: string
  /** What else is recorded of it; null where it is erased. */
  readonly detail: Readonly<Record<string, unknown>> | null
}

interface EventRow extends Omit<ListedEvent, 'id'> {
  readonly id: string
}

/** Lists what happened last, the newest first, in all or to one VO and what is in it, under every name that the VO had. Throws OBJECT_UNKNOWN where there never was one. */
export async function listEvents(
  db: Db,
  { vo, limit }: { readonly vo?: string | undefined; readonly limit: number },
): Promise<ListedEvent[]> {
  const { rows } = await (vo === undefined
    ? db.query<EventRow>(`select ${columns} from event e ${withDetail} order by e.id desc limit $1`, [limit])
    : db.query<EventRow>(ofVo, [vo, limit]))
  if (rows.length === 0 && vo !== undefined && (await findMissing(db, { kind: 'vo', vo })) !== undefined)
    throw await notInForce(db, 'list events of', { kind: 'vo', vo })
  return rows.map(({ id, ...event }) => ({ ...event, id: Number(id) }))
}

/** The VO that an event is about, as it was called; null where it is about none. */
export function voOfEvent(event: string): string {
  return `coalesce(${event}.vo, case ${event}.kind when 'VO' then ${event}.name end)`
}

const columns = `e.id::text, e.at, e.actor, e.authentication, d.personal->>'by' as by, e.commit, e.action, e.kind, e.vo, e.name,
  d.personal - 'by' as detail`
const withDetail = 'left join event_detail d on d.event_id = e.id'

/**
 * The name stands for the VO that has it, else for whichever had it last, and for those of that name that are gone. A name is
 * somebody's until somebody else has it, and what removes them is the last of theirs; one that no VO ever had may be that of a VO
 * which a held commit adds.
 */
const ofVo = `with called as materialized (
    select object_id as id, name, ended from object_past where kind = 'VO'
    union all
    select id, name, 'infinity' from vo
  ), asked as (
    select id from called where name = $1 order by ended desc limit 1
  ), named as (
    select id, name, lag(ended, 1, '-infinity') over each_name as began,
      case when lead(ended) over each_name is null then 'infinity' else ended end as ended
    from called where name = $1 or name in (select name from called where id in (select id from asked))
    window each_name as (partition by name order by ended)
  ), theirs as (
    select name, began, ended from named
    where id in (select id from asked) or name = $1 and not exists (select from vo where vo.id = named.id)
    union all
    select $1, '-infinity', 'infinity' where not exists (select from asked)
  )
  select ${columns}
  from theirs
  cross join lateral (
    select own.*
    from event_vo placed
    cross join lateral (
      select * from event
      where event.batch = placed.batch and ${voOfEvent('event')} = theirs.name
        and case when event.action = 'remove' and event.kind = 'VO' then event.at > theirs.began and event.at <= theirs.ended
          else event.at >= theirs.began and event.at < theirs.ended end
      order by event.id desc limit $2
    ) own
    where placed.vo = theirs.name
    order by placed.batch desc, own.id desc limit $2
  ) e ${withDetail}
  order by e.id desc limit $2`
