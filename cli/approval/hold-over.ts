import { GuildhallError } from '../../core/errors.ts'

interface Over {
  readonly code: 'HOLD_NOT_APPROVABLE' | 'HOLD_NOT_ENDABLE'
  readonly verb: 'approve' | 'reject' | 'withdraw'
  /** The hold that waits no more, and how it ended. */
  readonly closed: { readonly scope: string; readonly outcome: string }
}

/** What somebody wants to do to a hold that is over: how it ended, and what there is to do instead. */
export function holdOver(digest: string, { code, verb, closed: { scope, outcome } }: Over): GuildhallError {
  const message = `Cannot ${verb} "${digest}": this hold of "${scope}" is over (${outcome}): ${wordsOf(outcome)}`
  return new GuildhallError(code, message, { facts: { digest, scope, outcome } })
}

function wordsOf(outcome: string): string {
  switch (outcome) {
    case 'approved':
      return 'it was approved, and what it held back is done; `guildhall members` and `guildhall status` show how things stand'
    case 'lapsed':
      return 'nobody approved it within 72 hours; whoever still wants the change enters it again, and a commit is held anew by itself'
    case 'rejected':
      return 'somebody who may approve it would not have it; whoever still wants the change enters it again'
    case 'withdrawn':
      return 'who had entered it took it back; whoever still wants the change enters it again'
    case 'superseded':
      return 'another hold took its place, or nobody is left whom it was about; `guildhall holds` lists what is held now'
    default:
      return 'what it held back is not asked for any more; `guildhall holds` lists what is held now'
  }
}
