import { GuildhallError } from '../../core/errors.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import type { Answer } from '../command.ts'
import type { Shell } from '../shell.ts'
import { loadCurrentState } from '../system/load-current-state.ts'
import type { OpenState } from '../system/state.ts'
import { short } from '../text/words.ts'
import type { Word } from './approve-change.ts'
import { findChange, type OpenChange } from './find-change.ts'
import { holdOver } from './hold-over.ts'
import { requireEligible } from './require-eligible.ts'
import { unknownHold } from './unknown-hold.ts'

/** What becomes of a change that is not to be made: who asked for it takes it back, or who may approve it will not have it. */
type Ending = 'rejected' | 'withdrawn'

const verbs = { rejected: 'reject', withdrawn: 'withdraw' } as const

/** Ends the hold of a change without the change. */
export async function endHeldChange(
  shell: Shell,
  open: OpenState,
  { ending, digest, word }: { readonly ending: Ending; readonly digest: string; readonly word: Word },
): Promise<Answer> {
  const { store, pool } = open
  const hold = await findChange(shell, open, digest)
  if (hold === undefined) throw await notEndable(shell, open, { digest, ending })
  if (word.as !== undefined) await requireRight(shell, open, { ending, hold, as: word.as })
  const { actor: by, authentication } = causeOf(shell, word.as)
  const { reason } = word
  const closing = { digest, outcome: ending, at: shell.now(), word: { by, authentication, reason } }
  const scope = await store.inTransaction(pool, (tx) => store.closeChange(tx, closing))
  if (scope === undefined) throw await notEndable(shell, open, { digest, ending })
  const done = ending === 'rejected' ? 'Rejected' : 'Withdrawn'
  return {
    json: { [ending]: { scope, digest, by, reason } },
    text: `${done} ${short(digest)} for ${scope} as ${by}; nothing of it is done.`,
  }
}

interface Wish {
  readonly ending: Ending
  readonly hold: OpenChange
  readonly as: string
}

async function requireRight(shell: Shell, open: OpenState, { ending, hold, as }: Wish): Promise<void> {
  if (ending === 'rejected') {
    requireEligible(await loadCurrentState(shell, open), { ...hold, identity: as, verb: 'reject' })
    return
  }
  if (await open.store.isAskedBy(open.pool, { digest: hold.digest, by: as })) return
  throw new GuildhallError(
    'ACTOR_NOT_ELIGIBLE',
    `Cannot withdraw "${hold.digest}" as "${as}": expected whoever asked for it; \`guildhall holds reject\` is for whoever may approve it`,
    { facts: { identity: as, scope: hold.scope } },
  )
}

interface NotEndable {
  readonly digest: string
  readonly ending: Ending
}

/** What stands in the way of ending what is no open change. */
async function notEndable(
  shell: Shell,
  { store, pool }: OpenState,
  { digest, ending }: NotEndable,
): Promise<GuildhallError> {
  const holds = await store.listHolds(pool, shell.now())
  const verb = verbs[ending]
  const ofCommit = holds.find((hold) => hold.digest === digest)
  if (ofCommit !== undefined) {
    const why = 'it is held of a commit; revert that, and the hold ends with the next run'
    return new GuildhallError('HOLD_NOT_ENDABLE', `Cannot ${verb} "${digest}": ${why}`, { facts: { digest } })
  }
  const closed = await store.findClosedHold(pool, digest, shell.now())
  if (closed !== undefined) return holdOver(digest, { code: 'HOLD_NOT_ENDABLE', verb, closed })
  return unknownHold(digest, { verb, open: holds.map((hold) => hold.digest) })
}
