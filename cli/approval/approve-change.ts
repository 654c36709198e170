import { GuildhallError } from '../../core/errors.ts'
import { countPeople } from '../../core/model/count.ts'
import type { Person, State } from '../../core/model/state.ts'
import { approversOf } from '../../core/policy/may-approve.ts'
import { refuseOwnChange, type OwnChangeRefusal } from '../../core/policy/own-change.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import type { Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { readAbilities } from '../system/abilities.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import type { OpenState } from '../system/state.ts'
import { moment, short } from '../text/words.ts'
import type { OpenChange } from './find-change.ts'
import { requireEligible } from './require-eligible.ts'
import { runApproved } from './run-approved.ts'
import { showCarried } from './show-carried.ts'

/** Who says so, why, and how many they say lose something. */
export interface Word {
  readonly as?: string
  readonly reason: string
  readonly losses?: number
}

/** Approves a change that is held by itself, and has it made. */
export async function approveHeldChange(
  shell: Shell,
  open: OpenState,
  { hold, word }: { readonly hold: OpenChange; readonly word: Word },
): Promise<Answer> {
  const { actor: by, authentication } = causeOf(shell, word.as)
  await requireAnother(shell, open, { hold, word, by })
  const { digest, scope } = hold
  const { store, pool } = open
  const { surroundingsFor } = await import('../../connectors/config-repo/validate-folder.ts')
  const { compileSchema } = surroundingsFor(readAbilities())
  const approval = { digest, by, authentication, reason: word.reason, at: shell.now(), compileSchema }
  const done = await store.inTransaction(pool, (tx) => store.approveChange(tx, approval), store.asAct)
  if (done.kind === 'held') {
    const { scope: wider, digest: anew, reasons } = done
    const text = `Not done: by now more would be lost than ${short(digest)} says. It is held anew for ${wider} as ${anew}; \`guildhall holds\` shows who would lose what.`
    return { json: { held: { scope: wider, digest: anew, reasons } }, text, exitCode: exitCodes.held }
  }
  if (done.result.type === 'sync') await runApproved(open, done.result.answers)
  const { json, text } = showCarried(done.result)
  const how = done.result.type === 'sync' ? 'the source is read again at once' : 'it is done'
  return {
    json: { approved: { scope, digest, by, reason: word.reason }, ...json },
    text: `Approved ${short(digest)} for ${scope} as ${by}; ${how}.\n\n${text}`,
  }
}

interface Approving {
  readonly hold: OpenChange
  readonly word: Word
  readonly by: string
}

/** Whoever entered a change, or decided in the review that makes it, does not approve it, unless nobody else may. */
async function requireAnother(shell: Shell, open: OpenState, { hold, word, by }: Approving): Promise<void> {
  const { digest } = hold
  const isAsker = await open.store.isAskedBy(open.pool, { digest, by })
  const isOwn = isAsker || (await open.store.isReviewedBy(open.pool, { digest, by }))
  if (word.as === undefined && !isOwn) return
  const state = await loadCurrentState(shell, open)
  const person =
    word.as === undefined ? undefined : requireEligible(state, { ...hold, identity: word.as, verb: 'approve' })
  if (!isOwn) return
  const losing = await open.store.listHeldLosses(open.pool, digest)
  const own = { others: othersOf(state, hold, person), since: hold.since, losing: losing.length, typed: word.losses }
  const refusal = refuseOwnChange(own, shell.now())
  if (refusal === undefined) return
  throw new GuildhallError(
    'APPROVER_NOT_ELIGIBLE',
    `Cannot approve "${digest}" as "${by}", ${isAsker ? 'whose change it is' : 'who decided in the review'}: ${wordsOf(refusal, own.others)}`,
    { facts: { identity: by, scope: hold.scope } },
  )
}

function othersOf(state: State, hold: OpenChange, person: Person | undefined): number {
  return [...approversOf(state, hold)].filter((id) => id !== person?.id).length
}

function wordsOf(refusal: OwnChangeRefusal, others: number): string {
  switch (refusal.kind) {
    case 'others-may':
      return `expected somebody else, as ${countPeople(others, 'other ')} may approve it`
    case 'too-early':
      return `nobody else may, so it is possible from ${moment(refusal.from.toISOString())} on`
    case 'number-wrong':
      return `nobody else may, so it takes \`--losses N\` with the number of people who lose something; \`guildhall holds\` lists them`
  }
}
