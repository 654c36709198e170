import type { ApplicationEvent } from '../../../core/notifications/events.ts'
import type { Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'
import type { Trail } from '../trail.ts'

/** What those who applied are to be told. */
export interface ToApplicants {
  readonly event: ApplicationEvent
  readonly applications: readonly number[]
}

/**
 * Drafts a mail to each of those who applied, once for an event and a version of the application; as it stands now, so it has been
 * moved before. It goes to the address confirmed with the application, else to the person's own.
 */
export async function tellApplicants(tx: Tx, { at }: Trail, { event, applications }: ToApplicants): Promise<void> {
  await draftSelected(tx, {
    select: `select ${keyOf('$1', 'a.version::text')} as key, $1 as event, a.vo_id as vo,
        coalesce(a.person_id, (select person_id from identity where ref = a.identity)) as person, a.id as application,
        (select c.address from confirmed_address c where c.application_id = a.id order by c.id desc limit 1) as recipient, a.language,
        t.tags || jsonb_build_object('user', jsonb_build_object(
          'identity', a.identity, 'displayName', t.tags->'application'->>'displayName')) as tags
      from application a cross join lateral application_tags(a.id) t(tags) where a.id = any($2)`,
    parameters: [event, applications],
    at,
  })
}

/** What somebody else is to be told of an application. */
export interface ToPeople {
  readonly event: ApplicationEvent
  readonly application: number
  readonly persons: readonly number[]
  /** Where the same may be told of one version again: what it follows from, as a word. */
  readonly occasion?: string
}

/** Drafts a mail to each of some people about an application as it stands, once for an event and an occasion. */
export async function tellPeople(
  tx: Tx,
  { at }: Trail,
  { event, application, persons, occasion }: ToPeople,
): Promise<void> {
  await draftSelected(tx, {
    select: `select ${keyOf('$1', 'coalesce($4, a.version::text)')} || '/' || p.id as key, $1 as event, a.vo_id as vo, p.id as person,
        a.id as application, null::text as recipient, null::text as language, t.tags
      from application a cross join lateral application_tags(a.id) t(tags) cross join unnest($3::integer[]) p(id) where a.id = $2`,
    parameters: [event, application, persons, occasion ?? null],
    at,
  })
}

/** `application/12/approved/1`: of application 12, about its first version. */
function keyOf(event: string, occasion: string): string {
  return `'application/' || a.id || '/' || split_part(${event}, '.', 2) || '/' || ${occasion}`
}
