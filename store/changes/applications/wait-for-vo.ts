import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { findApplication, type FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'
import { reject } from './reject.ts'
import { undecided } from '../../undecided.ts'

/** An application that is decided. */
interface Ended {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
}

/** Opens applications for groups that waited for the one for the VO. */
export async function openWaiting(tx: Tx, trail: Trail, { application, target }: Ended): Promise<void> {
  if (target.set.kind === 'group') return
  await tx.query(
    `with opened as (
       update application set state = 'open', waiting_for = null, changed_at = $3, step_since = $3
       where vo_id = $1 and state = 'waiting' and waiting_for = 'vo-member'
         and coalesce(person_id, (select person_id from identity where ref = application.identity))
           = (select person_id from identity where ref = $2)
       returning id
     ), mailed as (
       insert into mail_wake select from opened limit 1
     )
     insert into application_wake (application_id) select id from opened`,
    [target.set.voId, application.identity, trail.at],
  )
}

/** Has applications for groups looked at that may have waited for this one. */
export async function wakeWaiting(tx: Tx, { id, identity, group }: FoundApplication): Promise<void> {
  if (group !== undefined) return
  await tx.query(
    `with woken as (
       insert into application_wake (application_id)
       select w.id from application w join application a on a.id = $1 and w.vo_id = a.vo_id
       where w.state = 'waiting' and w.waiting_for = 'vo-member' and (w.identity = $2 or w.person_id = a.person_id
         or w.identity in (select o.ref from identity i join identity o using (person_id) where i.ref = $2))
       returning 1
     )
     select pg_notify('guildhall_outbox', '') from woken limit 1`,
    [id, identity],
  )
}

/** Rejects applications for groups that waited for the one for the VO: they fall with the last one that could make a member. */
export async function rejectWaiting(tx: Tx, trail: Trail, { application, target }: Ended): Promise<void> {
  const { identity } = application
  if (target.set.kind === 'group' || (await appliesForVo(tx, target.set.voId, identity))) return
  const { rows } = await tx.query<{ id: number }>(
    `select id from application where vo_id = $1 and state = 'waiting' and waiting_for = 'vo-member' and (identity = $2
       or coalesce(person_id, -1) = (select person_id from identity where ref = $2)) order by id`,
    [target.set.voId, identity],
  )
  const reason = 'vo-rejected: the application for the VO was rejected'
  for (const { id } of rows)
    await reject(tx, trail, { application: await findApplication(tx, id), reason, event: 'application.rejected' })
}

/** Tells whether an application of a person for the VO itself is not decided yet, be it for a membership or for more time. */
export async function appliesForVo(tx: Tx, vo: number, identity: IdentityRef): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from application a where a.vo_id = $1 and a.group_name is null
       and a.state in ${undecided}
       and (a.identity = $2 or coalesce(a.person_id, (select person_id from identity where ref = a.identity))
         = (select person_id from identity where ref = $2))
     limit 1`,
    [vo, identity],
  )
  return rowCount === 1
}
