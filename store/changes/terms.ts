import type { Tx } from '../pool.ts'
import { notedOnce } from './note-once.ts'

/** Notes which terms these VOs have now, where they are others than before. */
export async function writeTerms(tx: Tx, vos: readonly number[], asOf: Date): Promise<void> {
  if (vos.length === 0) return
  await tx.query(
    `with closed as (
       update terms_version v set closed = true from vo
       where vo.id = any($1) and v.vo_id = vo.id and not v.closed and not vo.spec ? 'terms'
     )
     insert into terms_version (vo_id, version, sha256, text, since)
     select vo.id, t->>'version', t->>'sha256', t->>'text', $2
     from vo cross join lateral (select vo.spec->'terms' as t) terms
     where vo.id = any($1) and vo.spec ? 'terms' and t->>'version' is distinct from (
       select v.version from terms_version v where v.vo_id = vo.id and not v.closed order by v.id desc limit 1)`,
    [vos, asOf],
  )
}

/** By when somebody who joins the VO `vo` at a moment has to accept its terms; nothing is asked where it has none. */
export function acceptBy(person: string, moment: string): string {
  return `case when vo.spec ? 'terms' then accept_by(vo, ${person}, ${moment}, zone_of(vo.id)) end`
}

/** Whether a status, null for none, that becomes another is that of a newcomer or of who comes back: terms are asked of them now. */
export function isAskedNow({ before, after }: { readonly before: string; readonly after: string }): string {
  return `coalesce(${before}, 'EXPIRED') in ('EXPIRED', 'DISABLED') and ${after} in ('VALID', 'INVALID')`
}

/**
 * Notes for whom terms of a VO that gives notices begin to be asked for: members as `select vo_id, person_id, accept_by`. A
 * statement of its own or part of another one.
 */
export function noteNewTerms(members: string, moment: string): string {
  return `insert into notice (vo_id, person_id, kind, date, due_at)
    select vo.id, m.person_id, 'terms-new-' || (vo.spec->'terms'->>'version'), m.accept_by, ${moment}
    from (${members}) m join vo on vo.id = m.vo_id and vo.spec ?& '{notices,terms}'
    where m.accept_by is not null and not exists (
      select from terms_acceptance a
      where (a.vo_id, a.person_id, a.version) = (vo.id, m.person_id, vo.spec->'terms'->>'version'))
    ${notedOnce}`
}

/** Notes that members of VOs, by name, whose terms may be others have to accept them. */
export async function tellOfTerms(tx: Tx, vos: readonly string[], at: Date): Promise<void> {
  if (vos.length === 0) return
  const members = `select mb.vo_id, mb.person_id, mb.accept_by from member mb
    where mb.vo_id in (select id from vo where name = any($1)) and mb.accept_by is not null and mb.status in ('VALID', 'INVALID')`
  await tx.query(noteNewTerms(members, '$2'), [vos, at])
}

/** Brings up to date by when members of VOs, by name, have to accept: all of them, or only these people. */
export async function settleAcceptances(tx: Tx, vos: readonly string[], persons?: readonly number[]): Promise<void> {
  if (vos.length === 0) return
  await tx.query(
    `with here as materialized (select vo, vo.id, zone_of(vo.id) as zone from vo where name = any($1)),
     told as materialized (
       select mb.vo_id, mb.person_id,
         accept_by(here.vo, mb.person_id, coalesce(mb.joined_at, mb.since), here.zone) as accept_by
       from here join member mb on mb.vo_id = here.id
       where $2::integer[] is null or mb.person_id = any($2)
     )
     update member mb set accept_by = told.accept_by from told
     where (mb.vo_id, mb.person_id) = (told.vo_id, told.person_id) and mb.accept_by is distinct from told.accept_by`,
    [vos, persons ?? null],
  )
}
