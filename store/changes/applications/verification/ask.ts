import { after } from '../../../../core/applications/deadlines.ts'
import { keyLasts } from '../../../../core/applications/verification.ts'
import { keyPlace } from '../../../../core/notifications/key-place.ts'
import type { NotificationEvent } from '../../../../core/notifications/events.ts'
import type { Tx } from '../../../pool.ts'
import { draftSelected } from '../../mail-drafts.ts'
import type { Trail } from '../../trail.ts'

const event: NotificationEvent = 'application.verification'

/** Addresses of an application. */
export interface Asking {
  readonly application: number
  readonly addresses: readonly string[]
  /** Those that were asked before get another mail, and keys of before count no more. */
  readonly isAgain: boolean
}

/** Has a mail with a key go to each address that has to be confirmed, once; what others were asked before counts no more. */
export async function askForConfirmation(
  tx: Tx,
  { at }: Trail,
  { application, addresses, isAgain }: Asking,
): Promise<void> {
  await forget(tx, { application, addresses, isAgain, at })
  const { rows } = await tx.query<{ id: string }>(
    `insert into verification as v (application_id, address, asked_at, expires_at)
     select $1, address, $3, $4 from unnest($2::text[]) asked(address)
     on conflict (application_id, address) do update
     set asked = v.asked + 1, asked_at = excluded.asked_at, expires_at = excluded.expires_at, key_hash = null, act_id = null
     where $5 or v.act_id is not null
     returning id::text`,
    [application, addresses, at, after(at, keyLasts), isAgain],
  )
  if (rows.length === 0) return
  await draftSelected(tx, {
    select: `select mail_key(v) as key, $1::text as event, a.vo_id as vo,
        coalesce(a.person_id, (select person_id from identity where ref = a.identity)) as person, a.id as application,
        v.address as recipient, a.language,
        t.tags || jsonb_build_object(
          'user', jsonb_build_object('identity', a.identity, 'displayName', t.tags->'application'->>'displayName'),
          'verification', jsonb_build_object('address', v.address, 'key', $2::text,
            'until', to_char(v.expires_at at time zone coalesce(zone_of(a.vo_id), 'UTC'), 'YYYY-MM-DD HH24:MI'))) as tags
      from verification v join application a on a.id = v.application_id cross join lateral application_tags(a.id) t(tags)
      where v.id = any($3::bigint[])`,
    parameters: [event, keyPlace, rows.map(({ id }) => id)],
    at,
  })
}

/** Mails with keys that count no more are not sent, and what others were asked goes. */
async function forget(tx: Tx, { application, addresses, isAgain, at }: Asking & { readonly at: Date }): Promise<void> {
  const { rows } = await tx.query<{ id: string; stays: boolean }>(
    `select id::text, address = any($2) as stays from verification
     where application_id = $1 and act_id is null and ($3 or not address = any($2))`,
    [application, addresses, isAgain],
  )
  if (rows.length === 0) return
  await tx.query(
    `with gone as materialized (
       select mail_key(v) as key from verification v where v.id = any($1::bigint[])
     ), undrafted as (
       delete from mail_draft d using gone where d.key = gone.key
     )
     update mail m set state = 'overtaken', ended_at = $2 from gone
     where m.key = gone.key and m.state in ('queued', 'failed', 'unknown')`,
    [rows.map(({ id }) => id), at],
  )
  const left = rows.flatMap(({ id, stays }) => (stays ? [] : [id]))
  await tx.query('delete from verification where id = any($1::bigint[])', [left])
}
