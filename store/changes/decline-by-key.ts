import { GuildhallError } from '../../core/errors.ts'
import type { Day } from '../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { lockVos } from '../locks.ts'
import type { Db, Tx } from '../pool.ts'
import { declineNotices } from './decline-notices.ts'
import { hashOfKey } from './keys.ts'

/** Whoever got a mail that tells of ends wants no more of them. */
export interface DeclineByKeyInput {
  readonly key: string
  /** Of the ends that the mail tells of only this one: of the VO, or of a group of it; without it all. */
  readonly place?: { readonly vo: string; readonly group?: string }
  readonly reason: string
  readonly now: Date
}

/** The end of a membership. */
interface End {
  readonly vo: string
  readonly group: string | null
  /** The first day on which it is over. */
  readonly date: Day
}

/** Who declined, and the ends of which nothing is told any more. */
export interface DeclinedByKey {
  readonly user: IdentityRef
  readonly declined: readonly End[]
}

type ToldEnd = End & { readonly user: IdentityRef }

/**
 * Declines, in the caller's transaction, the notices of the ends that a mail tells of, each once. Whatever is wrong with the key,
 * KEY_REFUSED says the same. Throws VO_BUSY.
 */
export async function declineByKey(tx: Tx, input: DeclineByKeyInput): Promise<DeclinedByKey> {
  const { reason, now } = input
  const [named] = await endsTold(tx, input)
  if (named === undefined) throw invalidKey()
  const { user } = named
  await lockVos(tx, [named.vo], { mode: 'shared' })
  const declined: End[] = []
  // They may have got another date while the lock was waited for.
  for (const { vo, group, date } of await endsTold(tx, input)) {
    const place = { vo, ...(group !== null && { group }) }
    const cause = { actor: user, authentication: 'key' } as const
    const [answer] = await declineNotices(tx, { ...place, requests: [{ user }], reason, cause, now })
    if (answer !== undefined && 'date' in answer) declined.push({ vo, group, date })
  }
  if (declined.length === 0) throw invalidKey()
  return { user, declined }
}

/** The ends that the mail of the key tells of and that are so still, the VO's first; all of one person and VO. */
async function endsTold(db: Db, { key, place }: DeclineByKeyInput): Promise<ToldEnd[]> {
  const { rows } = await db.query<ToldEnd>(
    `select distinct vo.name as vo, g.name as "group", n.date::text as date, p.identities[1] as "user"
     from mail m join notice n on n.mail_id = m.id join vo on vo.id = n.vo_id join person p on p.id = n.person_id
     left join groups g on g.id = n.group_id
     where m.key_hash = $1 and n.guest_id is null and n.kind not like 'terms-%' and why_untold(n) is null
       and ($2::text is null or (vo.name = $2 and g.name is not distinct from $3))
     order by g.name nulls first, date`,
    [hashOfKey(key), place?.vo ?? null, place?.group ?? null],
  )
  return rows
}

function invalidKey(): GuildhallError {
  return new GuildhallError(
    'KEY_REFUSED',
    'Cannot decline notices by this key: it is wrong, was used before, or the end that its mail tells of is another one by now; the newest mail has a key that counts',
  )
}
