import { defineQuery, defineSignal } from '@temporalio/workflow'
import { approvalLastsMs } from '../../core/model/approval.ts'
import type { ChangeKind, HoldEnd } from '../../core/model/hold.ts'
import { voOfScope, type Scope } from '../../core/model/scope.ts'
import { dueAtAttribute, needsHumanAttribute, stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** How often a hold is announced again. */
export const remindEveryMs = 24 * 60 * 60 * 1000

/** What a hold workflow starts from; `untilAt` and `remindAt` are absolute and carried over. */
export interface HoldInput {
  readonly instance: string
  readonly scope: Scope
  /** Of a change that is held by itself; absent for the scope of a commit. */
  readonly kind?: ChangeKind
  readonly digest: string
  readonly sinceAt: number
  readonly untilAt: number
  readonly remindAt: number
  /** The digest held before, where these changes took its place. */
  readonly replaces?: string
  /** Messages that arrived while the run before was ending. */
  readonly inbox?: readonly HoldMessage[]
}

export interface HoldOutcome {
  readonly kind: HoldEnd
  readonly digest: string
}

/** What took the place of the changes held: others, held under `digest`, or nothing. */
export interface Superseded {
  readonly digest?: string
  readonly at: number
}

export type HoldMessage =
  { readonly kind: 'approved'; readonly digest: string } | ({ readonly kind: 'superseded' } & Superseded)

/** Somebody approved the hold with this digest; the approval itself is a row in PostgreSQL. */
export const approved = defineSignal<[{ readonly digest: string }]>('approved')

/** The scope's changes are others now, or no longer held. */
export const superseded = defineSignal<[Superseded]>('superseded')

/** Answers what is held and until when. */
export const held = defineQuery<HoldInput>('held')

/** Names the hold of a scope, or that of a change in it by its digest. */
export function holdId(scope: Scope, change?: string): string {
  return change === undefined ? `hold/${scope}` : `hold/${scope}/${change}`
}

/** A hold as PostgreSQL keeps it, by what the workflow needs of it. */
export interface OpenHold {
  readonly instance: string
  readonly scope: Scope
  readonly kind?: ChangeKind
  readonly digest: string
  readonly sinceAt: number
}

/** The options of the signal-with-start that makes sure a hold has its workflow: `client.workflow.signalWithStart('hold', …)`. */
export function watchHold({ instance, scope, kind, digest, sinceAt }: OpenHold) {
  const untilAt = sinceAt + approvalLastsMs
  const times = { sinceAt, untilAt, remindAt: sinceAt + remindEveryMs }
  const input: HoldInput = { instance, scope, ...(kind && { kind }), digest, ...times }
  const vo = voOfScope(scope)
  return {
    workflowId: holdId(scope, kind && digest),
    taskQueue: controlQueue,
    args: [input] satisfies [HoldInput],
    signal: superseded,
    signalArgs: [{ digest, at: sinceAt }] satisfies [Superseded],
    memo: { scope, digest },
    staticSummary: kind === undefined ? `Held: ${scope}` : `Held: ${kind} in ${scope}`,
    typedSearchAttributes: [
      ...(vo === undefined ? [] : [{ key: voAttribute, value: vo }]),
      { key: stateAttribute, value: 'held' },
      { key: needsHumanAttribute, value: 'yes' },
      { key: dueAtAttribute, value: new Date(untilAt) },
    ],
  }
}
