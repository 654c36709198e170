import { GuildhallError } from '../../core/errors.ts'

interface Wish {
  readonly verb: 'approve' | 'reject' | 'withdraw'
  /** The digests that there are. */
  readonly open: readonly string[]
}

/** HOLD_UNKNOWN: what somebody wants to do to a hold that there is not. */
export function unknownHold(digest: string, { verb, open }: Wish): GuildhallError {
  const instead = open.length === 0 ? 'nothing is held now' : '`guildhall holds` lists what is held now'
  return new GuildhallError('HOLD_UNKNOWN', `Cannot ${verb} "${digest}": no open hold has this digest; ${instead}`, {
    facts: { digest, open },
  })
}
