import type { InvitationState } from '../core/invitations/invitation.ts'
import type { IdentityRef } from '../core/model/state.ts'
import type { MailState } from './mail.ts'
import type { Db } from './pool.ts'

/** An invitation as it is listed. */
export interface ListedInvitation {
  readonly id: number
  readonly vo: string
  readonly group: string | null
  /** Null once it was forgotten. */
  readonly address: string | null
  readonly name: string | null
  readonly state: InvitationState
  readonly preApproved: boolean
  /** The first day on which it counts no more. */
  readonly until: string
  readonly actor: string
  readonly authentication: string | null
  readonly createdAt: Date
  readonly changedAt: Date
  /** Of the last mail that brings the key; null while it is not written. */
  readonly mail: MailState | null
}

/** An invitation with everything that is known of it. */
export interface ShownInvitation extends ListedInvitation {
  readonly language: string | null
  readonly message: string
  /** How often it was sent, or is to be. */
  readonly sending: number
  readonly endedBy: string | null
  readonly reason: string
  /** What was filed by it. */
  readonly applications: readonly {
    readonly application: number
    readonly identity: IdentityRef
    readonly state: string
  }[]
}

/** Which invitations are listed. */
export interface InvitationFilter {
  readonly vo?: string
  readonly group?: string
  readonly address?: string
  readonly state?: InvitationState
  /** Without it the open ones. */
  readonly all?: boolean
  readonly atMost: number
}

const columns = `i.id, coalesce(vo.name, i.vo) as vo, coalesce(g.name, i.group_name) as "group", i.address, i.name, i.state,
  i.is_pre_approved as "preApproved", i.until::text as until, i.actor, i.authentication, i.created_at as "createdAt",
  i.changed_at as "changedAt",
  (select m.state from mail m where m.key = mail_key(i)) as mail`

/** Lists invitations, the oldest first. */
export async function listInvitations(
  db: Db,
  { vo, group, address, state, all = false, atMost }: InvitationFilter,
): Promise<ListedInvitation[]> {
  const { rows } = await db.query<ListedInvitation>(
    `select ${columns}
     from invitation i left join vo on vo.id = i.vo_id left join groups g on g.id = i.group_id
     where ($1::text is null or coalesce(vo.name, i.vo) = $1) and ($2::text is null or coalesce(g.name, i.group_name) = $2)
       and ($3::text is null or lower(i.address) = lower($3))
       and case when $4::text is not null then i.state::text = $4 else $5 or i.state = 'open' end
     order by i.id limit $6`,
    [vo ?? null, group ?? null, address ?? null, state ?? null, all, atMost],
  )
  return rows
}

/** Shows an invitation; undefined where there is none. */
export async function showInvitation(db: Db, id: number): Promise<ShownInvitation | undefined> {
  const { rows } = await db.query<ShownInvitation>(
    `select ${columns}, i.language, i.message, i.sending, i.ended_by as "endedBy", i.reason, coalesce((
       select json_agg(json_build_object('application', a.id, 'identity', a.identity, 'state', a.state) order by a.id)
       from application a where a.invitation_id = i.id), '[]') as applications
     from invitation i left join vo on vo.id = i.vo_id left join groups g on g.id = i.group_id
     where i.id = $1`,
    [id],
  )
  return rows[0]
}

/** An invitation that ends by a workflow of its own. */
export interface WatchedInvitation {
  readonly id: number
  readonly vo: string
}

/** Tells when an open invitation ends, and the VO by its name of now; undefined where it has ended. */
export async function readInvitationEnd(
  db: Db,
  id: number,
): Promise<{ readonly vo: string; readonly endsAt: Date } | undefined> {
  const { rows } = await db.query<{ vo: string; endsAt: Date }>(
    `select vo.name as vo, start_of(i.until, zone_of(vo.id)) as "endsAt"
     from invitation i join vo on vo.id = i.vo_id where i.id = $1 and i.state = 'open'`,
    [id],
  )
  return rows[0]
}

/** Lists the open invitations each of which has a workflow that ends it. */
export async function listWatchedInvitations(db: Db): Promise<readonly WatchedInvitation[]> {
  const { rows } = await db.query<WatchedInvitation>(
    `select i.id, vo.name as vo from invitation i join vo on vo.id = i.vo_id
     where i.state = 'open' and not i.is_ended_by_clock order by i.id`,
  )
  return rows
}

/** Invitations whose end may be another, with the rows that say so. */
export interface InvitationWakes {
  readonly ids: readonly string[]
  readonly open: readonly WatchedInvitation[]
  /** Those that have ended: nothing has to wait for it any more. */
  readonly ended: readonly number[]
}

/** Reads which invitations are to be looked at. */
export async function readInvitationWakes(db: Db): Promise<InvitationWakes> {
  const { rows } = await db.query<{ wake: string; id: number; vo: string | null }>(
    `select w.id::text as wake, w.invitation_id as id, vo.name as vo
     from invitation_wake w left join invitation i on i.id = w.invitation_id and i.state = 'open' left join vo on vo.id = i.vo_id
     order by w.id limit 200`,
  )
  const invitations = [...new Map(rows.map((row) => [row.id, row])).values()]
  return {
    ids: rows.map(({ wake }) => wake),
    open: invitations.flatMap(({ id, vo }) => (vo === null ? [] : [{ id, vo }])),
    ended: invitations.flatMap(({ id, vo }) => (vo === null ? [id] : [])),
  }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetInvitationWakes(db: Db, { ids }: Pick<InvitationWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from invitation_wake where id = any($1::bigint[])', [ids])
}
