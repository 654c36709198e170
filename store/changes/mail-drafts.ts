import type { JsonObject } from '../../core/model/json.ts'
import type { NotificationEvent } from '../../core/notifications/events.ts'
import { languagesOf, ownTexts, type OwnTexts } from '../own-texts.ts'
import type { Tx } from '../pool.ts'

/** What somebody is to be told by mail. */
export interface NewDraft {
  /** Of the mail: a second draft or mail with the same key is never made. */
  readonly key: string
  readonly event: NotificationEvent
  readonly vo?: number | undefined
  readonly application?: number | undefined
  /** Who reads it; undefined for who is not known yet. */
  readonly person?: number | undefined
  /** Without it, it goes to the address of the person. */
  readonly recipient?: string | undefined
  /** What suits the reader better than what is known of them. */
  readonly language?: string | undefined
  /** Beside them a template may name `user`, whoever reads it. */
  readonly tags: JsonObject
}

/** Drafts mails in the caller's transaction, which changes what they tell of; they are rendered and sent once it is committed. */
export async function draftMails(tx: Tx, drafts: readonly NewDraft[], at: Date): Promise<void> {
  if (drafts.length === 0) return
  await draftSelected(tx, {
    select: `select x.* from json_to_recordset($1::json) as x(
        key text, event text, vo integer, person integer, application integer, recipient text, language text, tags jsonb)`,
    parameters: [JSON.stringify(drafts)],
    at,
  })
}

/** Drafts that a statement selects. */
export interface SelectedDrafts {
  /** One draft a row: key, event, vo, person, application, recipient, language, tags. */
  readonly select: string
  /** Of the select; they begin at $1. */
  readonly parameters: readonly unknown[]
  readonly at: Date
}

/** Drafts a mail for each row of a select; how many. */
export async function draftSelected(tx: Tx, { select, parameters, at }: SelectedDrafts): Promise<number> {
  const { rows } = await tx.query<{ drafted: number }>(
    `with asked as (${select}), drafted as (
       insert into mail_draft (key, event, vo_id, person_id, application_id, recipient, language, tags, at)
       select key, event, vo, person, application, recipient, language, tags, $${parameters.length + 1} from asked
       where not exists (select from mail where mail.key = asked.key) order by key
       on conflict (key) do nothing returning 1
     ), woken as (
       insert into mail_wake select from drafted limit 1 returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select (select count(*) from drafted)::integer as drafted from (values (1)) one left join hinted on true`,
    [...parameters, at],
  )
  return rows[0]?.drafted ?? 0
}

/** Has it looked whether there is mail to write, as there will be once a day has come. */
export async function wakeMail(tx: Tx): Promise<void> {
  await tx.query('insert into mail_wake default values')
}

/** A draft of which a mail is to be made. */
export interface TakenDraft {
  readonly id: string
  readonly key: string
  readonly event: NotificationEvent
  readonly vo: number | null
  readonly person: number | null
  readonly application: number | null
  /** Null where no address is known. */
  readonly recipient: string | null
  /** What suits the reader, the best first. */
  readonly languages: readonly string[]
  readonly tags: JsonObject
  readonly texts: readonly OwnTexts[]
}

/** Takes drafts, the oldest first; nobody else takes them before the transaction ends. */
export async function takeDrafts(tx: Tx, atMost: number): Promise<TakenDraft[]> {
  const { rows } = await tx.query<TakenDraft>(
    `select d.id::text, d.key, d.event, d.vo_id as vo, d.person_id as person, d.application_id as application,
       coalesce(d.recipient, value_of_person('user.email', d.person_id)) as recipient,
       ${languagesOf('d.person_id', 'd.language')} as languages,
       case when d.person_id is null then d.tags else jsonb_build_object('user', jsonb_build_object(
         'identity', p.identities[1], 'displayName', name_of(p.id))) || d.tags end as tags,
       ${ownTexts('d.vo_id')} as texts
     from (select * from mail_draft where untold is null order by id limit $1 for update skip locked) d
     left join person p on p.id = d.person_id order by d.id`,
    [atMost],
  )
  return rows
}

/** Forgets drafts that became mails, and notes of which nobody can be told as no address is known. */
export async function settleDrafts(
  tx: Tx,
  { made, unreachable }: { readonly made: readonly string[]; readonly unreachable: readonly string[] },
): Promise<void> {
  await tx.query('delete from mail_draft where id = any($1::bigint[])', [made])
  await tx.query(`update mail_draft set untold = 'no-address', tags = '{}' where id = any($1::bigint[])`, [unreachable])
}
