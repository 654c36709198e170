import {
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import type { HoldActivities } from '../../activities/hold.ts'
import { approvalLastsMs } from '../../core/model/approval.ts'
import { announcing, type HoldEvent } from '../announcement/messages.ts'
import { renderDetails } from '../details.ts'
import { dueAtAttribute } from '../search-attributes.ts'
import {
  approved,
  held,
  remindEveryMs,
  superseded,
  type HoldInput,
  type HoldMessage,
  type HoldOutcome,
} from './messages.ts'

const options = { startToCloseTimeout: '15 s' } as const
const { remindOfHold, settleHold } = proxyActivities<HoldActivities>(options)

/** Waits for approval, for changes that void the hold, or for 72 h; reminds every day. */
export async function hold(input: HoldInput): Promise<HoldOutcome> {
  const inbox: HoldMessage[] = [...(input.inbox ?? [])]
  setHandler(approved, ({ digest }) => void inbox.push({ kind: 'approved', digest }))
  setHandler(superseded, (by) => void inbox.push({ kind: 'superseded', ...by }))
  setHandler(held, () => input)

  await begin(input)
  let remindAt = input.remindAt
  for (;;) {
    const message = inbox.shift()
    if (message !== undefined && isSuccessor(input, message))
      return succeed(input, message, { inbox, isReplaced: true })
    const outcome = message === undefined ? lapse(input) : judge(input, message)
    if (outcome !== undefined) return end(input, outcome, inbox)
    if (message !== undefined) continue

    if (Date.now() >= remindAt) {
      remindAt += remindEveryMs
      if (await isOrphaned(input, inbox)) return end(input, { kind: 'voided', digest: input.digest }, inbox)
      continue
    }
    await wait(input, inbox, remindAt)
  }
}

async function wait(input: HoldInput, inbox: readonly HoldMessage[], remindAt: number): Promise<void> {
  if (inbox.length > 0) return
  const dueAt = Math.min(input.untilAt, remindAt)
  upsertSearchAttributes([{ key: dueAtAttribute, value: new Date(dueAt) }])
  setCurrentDetails(
    renderDetails({ waitingFor: `approval of \`${input.digest}\``, sinceAt: input.sinceAt, nextAt: dueAt }),
  )
  const summary = dueAt === input.untilAt ? `Let the hold of ${input.scope} lapse` : `Remind of ${input.scope}`
  await condition(() => inbox.length > 0, Math.max(1, dueAt - Date.now()), { summary })
}

/** Reminds of the hold, unless its row is gone and nobody has said why yet. */
async function isOrphaned(input: HoldInput, inbox: readonly HoldMessage[]): Promise<boolean> {
  const isOpen = await remind(input)
  if (isOpen) await announce(input, 'reminded')
  return !isOpen && inbox.length === 0 && patched('ends-without-its-row')
}

/** Reminds of the hold; false where PostgreSQL has none any more, whatever this workflow was told. */
async function remind({ scope, digest }: HoldInput): Promise<boolean> {
  const summary = `Remind of ${scope}`
  return remindOfHold.executeWithOptions({ ...options, summary }, [{ scope, digest, at: Date.now() }])
}

async function end(input: HoldInput, outcome: HoldOutcome, inbox: readonly HoldMessage[]): Promise<HoldOutcome> {
  const { instance, scope, kind: change } = input
  const summary = `Settle ${scope}: ${outcome.kind}`
  const request = { instance, scope, ...(change && { change }), outcome, at: Date.now() }
  const kind = (await settleHold.executeWithOptions({ ...options, summary }, [request])) ?? outcome.kind
  await announce(input, kind)
  await condition(allHandlersFinished)
  const index = inbox.findIndex((message) => isSuccessor(input, message))
  const next = inbox[index]
  return next === undefined
    ? { ...outcome, kind }
    : succeed(input, next, { inbox: inbox.slice(index + 1), isReplaced: false })
}

/** Announces these changes: as a new hold, or in the place of others. */
async function begin(input: HoldInput): Promise<void> {
  await announce(input, input.replaces === undefined ? 'opened' : 'replaced')
}

/** Leaves word of what happened to a child of its own, and waits for no receiver; told twice, it is announced once. */
async function announce({ instance, scope, digest, sinceAt, replaces }: HoldInput, event: HoldEvent): Promise<void> {
  if (!patched('announces-what-happens')) return
  const at = Date.now()
  const details = {
    ...(event === 'replaced' && replaces !== undefined ? { replaces } : {}),
    ...(event === 'reminded' ? { reminder: Math.floor((at - sinceAt) / remindEveryMs) } : {}),
  }
  try {
    await startChild('announcement', announcing({ event, instance, scope, digest, sinceAt, at, ...details }))
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}

interface Succession {
  readonly inbox: readonly HoldMessage[]
  /** Whether this hold had not ended yet when the other one came. */
  readonly isReplaced: boolean
}

/** Goes on for what is held instead, with 72 h of its own. */
async function succeed(input: HoldInput, by: HoldMessage, { inbox, isReplaced }: Succession): Promise<never> {
  await condition(allHandlersFinished)
  const digest = by.digest ?? input.digest
  const sinceAt = by.kind === 'superseded' ? by.at : Date.now()
  return continueAsNew<typeof hold>({
    instance: input.instance,
    scope: input.scope,
    ...(input.kind && { kind: input.kind }),
    digest,
    ...(isReplaced && digest !== input.digest ? { replaces: input.digest } : {}),
    sinceAt,
    untilAt: sinceAt + approvalLastsMs,
    remindAt: sinceAt + remindEveryMs,
    inbox: [...inbox],
  })
}

function isSuccessor(input: HoldInput, message: HoldMessage): boolean {
  if (message.kind !== 'superseded' || message.digest === undefined) return false
  return message.digest !== input.digest || message.at > input.sinceAt
}

function judge(input: HoldInput, message: HoldMessage): HoldOutcome | undefined {
  if (message.kind === 'superseded') {
    return message.digest === undefined ? { kind: 'voided', digest: input.digest } : undefined
  }
  return message.digest === input.digest ? { kind: 'approved', digest: input.digest } : undefined
}

function lapse(input: HoldInput): HoldOutcome | undefined {
  return Date.now() >= input.untilAt ? { kind: 'lapsed', digest: input.digest } : undefined
}
