import type { IdentityRef } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { missingRight } from '../memberships/rights.ts'
import { beginTrail, closeTrail, recordSelected, type Cause, type Trail } from '../trail.ts'
import { delegationEvent } from './delegation-event.ts'
import { tellOfDelegations } from './tell-by-mail.ts'

/** Which delegations to end before their time. */
export interface EndDelegationsInput {
  readonly requests: readonly { readonly delegation: number; readonly reason: string }[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** What came of it. */
export type EndAnswer = { readonly delegation: number } & (
  | { readonly ended: true }
  | { readonly refused: { readonly reason: 'delegation-unknown' | 'not-allowed'; readonly message: string } }
)

interface Standing {
  readonly id: number
  readonly delegator: IdentityRef
  readonly delegate: IdentityRef
}

/**
 * Ends delegations in the caller's transaction: who is away, who stands in, and admins of the instance may. What was decided while they
 * stood keeps counting. Throws IDENTITY_UNKNOWN of who acts, VO_BUSY.
 */
export async function endDelegations(tx: Tx, input: EndDelegationsInput): Promise<EndAnswer[]> {
  const { requests, cause, now } = input
  await lockVos(tx, [], { mode: 'shared' })
  const asked = requests.map(({ delegation }) => delegation)
  const { rows } = await tx.query<Standing>(
    `select d.id, away.identities[1] as delegator, here.identities[1] as delegate
     from delegation d join person away on away.id = d.delegator_id join person here on here.id = d.delegate_id
     where d.id = any($1) order by d.id for update of d`,
    [asked],
  )
  const standing = new Map(rows.map((row) => [row.id, row]))
  const answers: EndAnswer[] = []
  for (const { delegation } of requests)
    answers.push(await judge(tx, input, { delegation, found: standing.get(delegation) }))
  const ending = new Map(
    requests.flatMap(({ delegation, reason }, index) =>
      'ended' in (answers[index] ?? {}) ? [[delegation, reason] as const] : [],
    ),
  )
  if (ending.size === 0) return answers
  const trail = await beginTrail(tx, cause, now)
  const ids = await intoPast(tx, trail, { which: 'd.id = any($1)', parameters: [[...ending.keys()]] })
  await record(tx, trail, { ids, reasons: ending })
  await tellOfDelegations(tx, trail, { event: 'delegation.ended', reasons: ending })
  await closeTrail(tx, trail)
  return answers
}

interface Asked {
  readonly delegation: number
  readonly found: Standing | undefined
}

async function judge(tx: Tx, { actor }: EndDelegationsInput, { delegation, found }: Asked): Promise<EndAnswer> {
  if (found === undefined) {
    const message = 'there is none of this number, or it has ended; `guildhall delegation list` shows those there are'
    return { delegation, refused: { reason: 'delegation-unknown', message } }
  }
  if (actor === undefined) return { delegation, ended: true }
  const { delegator, delegate } = found
  const wish = {
    actor,
    place: { kind: 'instance' },
    isForOneself: true,
    oneself: `"${delegator}" or "${delegate}"`,
  } as const
  const missing = await missingRight(tx, { ...wish, users: [delegator] })
  if (missing === undefined) return { delegation, ended: true }
  const isDelegate = (await missingRight(tx, { ...wish, users: [delegate] })) === undefined
  if (isDelegate) return { delegation, ended: true }
  return { delegation, refused: { reason: missing.reason, message: missing.message } }
}

/** Ends a delegation whose moment has come, in the caller's transaction; false where it is gone, or ends later. */
export async function endDelegation(
  tx: Tx,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query('select from delegation where id = $1 and ends_at <= $2', [id, now])
  if (rowCount === 0) return false
  await lockVos(tx, [], { mode: 'shared' })
  const trail = await beginTrail(tx, { actor: 'clock' }, now)
  const ids = await intoPast(tx, trail, { which: 'd.id = $1', parameters: [id], at: 'd.ends_at' })
  await record(tx, trail, { ids, reasons: new Map() })
  await closeTrail(tx, trail)
  return ids.length > 0
}

/** Ends the delegations in VOs that are about to be deleted; without an event of their own, as the removal has one. */
export async function endDelegationsIn(tx: Tx, trail: Trail, vos: readonly number[]): Promise<void> {
  await intoPast(tx, trail, {
    which: 'd.vo_id = any($1) or d.application_id in (select id from application where vo_id = any($1))',
    parameters: [vos],
  })
}

interface Ending {
  readonly which: string
  readonly parameters: readonly unknown[]
  /** When they ended; now where absent. */
  readonly at?: string
}

async function intoPast(tx: Tx, { at, cause }: Trail, { which, parameters, at: moment }: Ending): Promise<number[]> {
  const [now, actor] = [`$${parameters.length + 1}::timestamptz`, `$${parameters.length + 2}::text`]
  const { rows } = await tx.query<{ id: number }>(
    `with gone as (delete from delegation d where ${which} returning d.*)
     insert into delegation_past
       (id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since, ended, ended_by)
     select id, delegator_id, delegate_id, vo_id, application_id, reason, starts_at, until, actor, authentication, since,
       greatest(since, ${moment === undefined ? now : `least(${moment}, ${now})`}), ${actor} from gone d
     returning id`,
    [...parameters, at, cause.actor],
  )
  return rows.map(({ id }) => id)
}

/** The event says why it ended, where somebody ended it. */
async function record(
  tx: Tx,
  trail: Trail,
  { ids, reasons }: { readonly ids: readonly number[]; readonly reasons: ReadonlyMap<number, string> },
): Promise<void> {
  const reason = `(select r.reason from unnest($6::integer[], $7::text[]) as r(id, reason) where r.id = d.id)`
  await recordSelected(tx, trail, {
    select: delegationEvent('end', 'delegation_past', reason),
    parameters: [ids, [...reasons.keys()], [...reasons.values()]],
  })
}
