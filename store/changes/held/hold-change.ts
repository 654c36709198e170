import type { ChangeKind } from '../../../core/model/hold.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { UserId } from '../../../core/model/state.ts'
import { digestOfContent, digestOfHeld } from '../../../core/plan/digest.ts'
import { placeOf } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { recordEvent, type Cause } from '../trail.ts'
import { closeChange } from './close-change.ts'
import { lapseChanges } from './lapse-changes.ts'
import { scopeOfExcess, type Excess } from './over-limit.ts'

/** A change that can be held by itself, and made later as it stands here. */
export interface HoldableChange {
  readonly kind: ChangeKind
  /** The VO that loses too much, or the instance, where it is not said. */
  readonly scope?: Scope | undefined
  /** What is to be done, in a fixed order and without time; people, VOs and groups by their ids, as names change. */
  readonly content: () => Promise<object>
  readonly reason: string
  readonly cause: Cause
  readonly at: Date
  /** The hold whose place it takes, and who asked for that, where it was somebody. */
  readonly replaces?: { readonly digest: string; readonly asker: UserId | null }
}

/** A change that is held. */
export interface HeldChange extends Excess {
  readonly scope: Scope
  readonly digest: string
  readonly since: Date
}

/**
 * Holds a change until somebody approves it or 72 h have passed. The same change of the same person for the same reason, held
 * already, stays the hold it is, unless its time is over.
 */
export async function holdChange(tx: Tx, change: HoldableChange, excess: Excess): Promise<HeldChange> {
  const { kind, reason, cause, at, replaces, scope = scopeOfExcess(excess) } = change
  const said = await change.content()
  const content = digestOfContent({ kind, content: said, by: cause.actor, reason })
  if (replaces !== undefined) await closeChange(tx, { digest: replaces.digest, outcome: 'superseded', at })
  await lapseChanges(tx, { content, at })
  const asker = replaces === undefined ? await personOf(tx, cause.actor) : replaces.asker
  return openChange(tx, { kind, scope, content, said, asker, reason, cause, at }, excess)
}

async function personOf(tx: Tx, actor: string): Promise<UserId | null> {
  const { rows } = await tx.query<{ person: UserId }>('select person_id as person from identity where ref = $1', [
    actor,
  ])
  return rows[0]?.person ?? null
}

/** What a hold of a change is made of. */
interface Opening extends Omit<HoldableChange, 'content' | 'replaces'> {
  readonly scope: Scope
  /** Of which only one hold is open at a time. */
  readonly content: string
  readonly said: object
  /** Where it is another one than the content's and losses'. */
  readonly digest?: string
  readonly asker: UserId | null
}

/** Opens the hold of a change; one that is open already stays the hold it is. */
export async function openChange(tx: Tx, change: Opening, excess: Excess): Promise<HeldChange> {
  const { kind, scope, content, said, asker, reason, cause, at } = change
  const digest = change.digest ?? digestOfHeld(content, excess.losses)
  const { rowCount } = await tx.query(
    `with made as (
       insert into hold (scope, kind, digest, content, change, by, asker, authentication, reason, reasons, losses, opened_at)
       values ($1, $2, $3, $4, $5::jsonb, $6, $11, $12, $7, $8::jsonb, $9::jsonb, $10)
       on conflict (content) where closed_at is null and kind <> 'commit' do nothing
       returning id
     ), woken as (
       insert into hold_wake (hold_id) select id from made
     )
     select pg_notify('guildhall_outbox', '') from made`,
    [
      ...[scope, kind, digest, content, JSON.stringify(said), cause.actor, reason],
      ...[JSON.stringify(excess.reasons), JSON.stringify(excess.losses), at],
      ...[asker, cause.authentication],
    ],
  )
  if (rowCount === 0) return keptHold(tx, content)
  const personal = { digest, reason }
  await recordEvent(tx, { cause, at }, { ...placeOf(scope), action: 'open', kind: 'Hold', personal })
  return { scope, digest, since: at, ...excess }
}

async function keptHold(tx: Tx, content: string): Promise<HeldChange> {
  const { rows } = await tx.query<HeldChange>(
    `select scope, digest, opened_at as since, reasons, losses from hold
     where content = $1 and closed_at is null and kind <> 'commit'`,
    [content],
  )
  const [kept] = rows
  if (kept === undefined) throw new Error(`the hold was closed while it was looked at`)
  return kept
}
