import { InvalidArgumentError, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { approvalLastsMs } from '../../core/model/approval.ts'
import type { ApprovalCase } from '../../core/policy/may-approve.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import { approveHeldChange, type Word } from '../approval/approve-change.ts'
import { findChange } from '../approval/find-change.ts'
import { holdOver } from '../approval/hold-over.ts'
import { requireEligible } from '../approval/require-eligible.ts'
import { unknownHold } from '../approval/unknown-hold.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { askForReconcile } from '../system/ask-for-reconcile.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import { withState, type OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { short } from '../text/words.ts'

export function approveCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'approve',
    arguments: '<digest>',
    summary: 'let through what the guard holds back',
    description:
      'Lets through what the guard holds back. The approval is for these changes: it stays valid for 72 hours while a later commit of the scope takes away no more than was approved, and is used once. What somebody entered themselves, such as `member disable` over the limit, is approved by somebody else and done at once.',
    examples: [
      ['guildhall holds', 'shows the digests'],
      ['guildhall approve 9b2e…f1 --reason "the project ended"', 'recorded as local/<your system user>'],
      ['guildhall approve 9b2e…f1 --as idp/ada --reason "…"', 'ada must be an admin, or manage the VO or facility'],
    ],
    exitCodes: { 3: 'held anew: by now more would be lost than was approved' },
  })
    .requiredOption('--reason <text>', 'why, kept in the audit log (required)')
    .option('--as <identity>', 'in whose name; must be allowed to approve this')
    .option('--losses <n>', 'how many people lose something: for the only one who may approve their own change', losses)
  return answerWith<Word>(command, shell, async ({ arguments: [digest = ''], options }) =>
    withState(shell, options, async (state) => {
      const change = await findChange(shell, state, digest)
      if (change !== undefined) return approveHeldChange(shell, state, { hold: change, word: options })
      const hold = await findHold(shell, state, digest)
      await requireUnapproved(shell, state, hold)
      const { actor: by, authentication } = causeOf(shell, options.as)
      if (options.as !== undefined)
        requireEligible(await loadCurrentState(shell, state), { ...hold, identity: options.as, verb: 'approve' })

      const approval = { digest: hold.digest, by, authentication, reason: options.reason, at: shell.now() }
      await state.store.inTransaction(state.pool, (tx) => state.store.approveHold(tx, approval))
      await announce(state, hold)
      const when = (await isFrozen(state, hold)) ? 'applied once the freeze is lifted' : 'applied now'
      const text = `Approved ${short(hold.digest)} for ${hold.scope} as ${by}; it is ${when}. \`guildhall status\` shows it.`
      return { json: { approved: { scope: hold.scope, digest: hold.digest, by, reason: options.reason } }, text }
    }),
  )
}

function losses(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number of people')
}

async function isFrozen({ store, pool }: OpenState, hold: OpenHold): Promise<boolean> {
  return (await store.listFreezes(pool)).some(({ scope }) => scope === undefined || scope === hold.scope)
}

interface OpenHold extends ApprovalCase {
  readonly digest: string
}

async function findHold(shell: Shell, { store, pool }: OpenState, digest: string): Promise<OpenHold> {
  const holds = await store.listHolds(pool, shell.now())
  const hold = holds.find((open) => open.digest === digest)
  if (hold !== undefined) return hold
  const closed = await store.findClosedHold(pool, digest, shell.now())
  if (closed !== undefined) throw holdOver(digest, { code: 'HOLD_NOT_APPROVABLE', verb: 'approve', closed })
  throw unknownHold(digest, { verb: 'approve', open: holds.map((open) => open.digest) })
}

/** An approval that waits to be used is enough: a second one could be used for another commit. */
async function requireUnapproved(shell: Shell, { store, pool }: OpenState, { scope, digest }: OpenHold): Promise<void> {
  const after = new Date(shell.now().getTime() - approvalLastsMs)
  const approvals = await store.findApprovals(pool, { scope, after })
  if (approvals.every((given) => given.digest !== digest)) return
  throw new GuildhallError(
    'HOLD_NOT_APPROVABLE',
    `Cannot approve "${digest}": it is approved already; \`guildhall apply\` brings it into force`,
    { facts: { digest, scope } },
  )
}

async function announce({ system }: OpenState, { scope, digest }: OpenHold): Promise<void> {
  const { WorkflowNotFoundError } = await import('@temporalio/client')
  const { approved, holdId } = await import('../../workflows/hold/messages.ts')
  await withTemporal(system, async (client) => {
    await client.workflow
      .getHandle(holdId(scope))
      .signal(approved, { digest })
      .catch((error: unknown) => {
        // The approval is a row already; the reconcile asked for next acts on it without the hold's workflow.
        if (!(error instanceof WorkflowNotFoundError)) throw error
      })
    await askForReconcile(client, system, 'approval')
  })
}
