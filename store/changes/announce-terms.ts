import type { AnnouncementEvent } from '../../core/notifications/events.ts'
import type { Tx } from '../pool.ts'
import { draftSelected } from './mail-drafts.ts'

const event: AnnouncementEvent = 'terms.announced'

/**
 * Drafts a mail to each member of these VOs that give notices, of terms that are announced and that nobody was told of: each version
 * once, and not to who has accepted it.
 */
export async function announceTerms(tx: Tx, vos: readonly number[], at: Date): Promise<void> {
  if (vos.length === 0) return
  const { rows } = await tx.query<{ vo_id: number }>(
    `insert into terms_announcement (vo_id, version, at)
     select id, spec->'terms'->'next'->>'version', $2 from vo where id = any($1) and spec ? 'notices' and spec->'terms' ? 'next'
     on conflict do nothing returning vo_id`,
    [vos, at],
  )
  if (rows.length === 0) return
  await draftSelected(tx, {
    select: `select 'terms/' || vo.id || '/' || next.version || '/' || mb.person_id as key, $1 as event, vo.id as vo, mb.person_id as person,
        null::integer as application, null::text as recipient, null::text as language, jsonb_build_object(
          'vo', jsonb_build_object('name', vo.name, 'title', coalesce(vo.title, vo.name)),
          'announced', jsonb_build_object('version', next.version, 'on', next.day, 'inForce', vo.spec->'terms'->>'version')) as tags
      from vo
      cross join lateral (
        select vo.spec->'terms'->'next'->>'version' as version, day_of($3, zone_of(vo.id))::text as day) next
      join member mb on mb.vo_id = vo.id and mb.status in ('VALID', 'INVALID')
      where vo.id = any($2) and not is_service_account(mb.person_id) and not exists (
        select from terms_acceptance a where (a.vo_id, a.person_id, a.version) = (vo.id, mb.person_id, next.version))`,
    parameters: [event, rows.map(({ vo_id: id }) => id), at],
    at,
  })
}
