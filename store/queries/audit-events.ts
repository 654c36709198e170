import type { Authentication } from '../../core/model/authentication.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'

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

/** Lists what happened last, the newest first, in all or to one VO and what is in it. */
export async function listEvents(
  db: Db,
  { vo, limit }: { readonly vo?: string | undefined; readonly limit: number },
): Promise<ListedEvent[]> {
  const { rows } = await db.query<Omit<ListedEvent, 'id'> & { readonly id: string }>(
    `select e.id::text, e.at, e.actor, e.authentication, d.personal->>'by' as by, e.commit, e.action, e.kind, e.vo, e.name,
       d.personal - 'by' as detail
     from event e left join event_detail d on d.event_id = e.id
     where $1::text is null or e.vo = $1
     order by e.id desc limit $2`,
    [vo ?? null, limit],
  )
  return rows.map(({ id, ...event }) => ({ id: Number(id), ...event }))
}
