import type { Terms } from '../../core/model/config-object.ts'
import type { IdentityRef, MemberStatus } from '../../core/model/state.ts'
import type { Db } from '../pool.ts'
import { notInForce } from './not-in-force.ts'

/** The terms of a VO that are in force. */
export interface TermsInForce extends Omit<Terms, 'file' | 'next'> {
  /** What is announced, and can be accepted already; absent where nothing is. */
  readonly next?: Omit<NonNullable<Terms['next']>, 'file'>
  readonly vo: string
  readonly since: Date
}

/** Reads the terms of a VO; undefined where it has none. OBJECT_UNKNOWN where there is no such VO. */
export async function readTerms(db: Db, vo: string): Promise<TermsInForce | undefined> {
  const { rows } = await db.query<{ terms: Terms | null; since: Date | null }>(
    `select vo.spec->'terms' as terms,
       (select v.since from terms_version v where v.vo_id = vo.id and not v.closed order by v.id desc limit 1) as since
     from vo where vo.name = $1`,
    [vo],
  )
  const [found] = rows
  if (found === undefined) throw await notInForce(db, 'read the terms of', { kind: 'vo', vo })
  if (found.terms === null || found.since === null) return undefined
  const { version, sha256, text, resignEvery, grace, next } = found.terms
  return {
    ...{ vo, version, sha256, text, since: found.since },
    ...(resignEvery === undefined ? {} : { resignEvery }),
    ...(grace === undefined ? {} : { grace }),
    ...(next === undefined ? {} : { next: { version: next.version, sha256: next.sha256, text: next.text } }),
  }
}

/** A member who has to accept the terms of a VO. */
export interface OwedAcceptance {
  readonly user: IdentityRef
  readonly status: MemberStatus
  /** The first day on which they are INVALID for the lack of it. */
  readonly by: string
  /** What they accepted last, and when. */
  readonly accepted: { readonly version: string; readonly at: Date } | null
}

/** Lists the members of a VO, VALID or INVALID, without an acceptance of its terms that counts. */
export async function listOwedAcceptances(db: Db, vo: string, now: Date): Promise<OwedAcceptance[]> {
  const { rows } = await db.query<Omit<OwedAcceptance, 'accepted'> & { version: string | null; at: Date | null }>(
    `with here as materialized (
       select vo, vo.id, zone_of(vo.id) as zone from vo where name = $1 and spec ? 'terms'
     )
     select p.identities[1] as "user", mb.status, mb.accept_by::text as by, last.version, last.at
     from here
     join member mb on mb.vo_id = here.id and mb.status in ('VALID', 'INVALID') and mb.accept_by is not null
     join person p on p.id = mb.person_id
     left join lateral (
       select a.version, a.at from terms_acceptance a
       where (a.vo_id, a.person_id) = (mb.vo_id, mb.person_id) order by a.at desc, a.id desc limit 1
     ) last on true
     where owes_acceptance(here.vo, mb.person_id, day_of($2, here.zone), here.zone)
     order by 1`,
    [vo, now],
  )
  return rows.map(({ version, at, ...one }) => ({
    ...one,
    accepted: version === null || at === null ? null : { version, at },
  }))
}
