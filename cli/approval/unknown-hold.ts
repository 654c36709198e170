import { GuildhallError } from '../../core/errors.ts'
import { didYouMean } from '../../core/model/nearest.ts'

interface Wish {
  readonly verb: 'approve' | 'reject' | 'withdraw'
  /** The digests that there are. */
  readonly open: readonly string[]
}

/** HOLD_UNKNOWN: what somebody wants to do to a hold that there is not. */
export function unknownHold(digest: string, { verb, open }: Wish): GuildhallError {
  return new GuildhallError(
    'HOLD_UNKNOWN',
    `Cannot ${verb} "${digest}": no open hold has this digest${hint(digest, open)}`,
    {
      facts: { digest, open },
    },
  )
}

/** Long digests are often copied in part, as the texts show them. */
function hint(digest: string, open: readonly string[]): string {
  if (open.length === 0) return '; nothing is held now'
  const [only, ...others] = open.filter((one) => digest.length >= 4 && one.startsWith(digest))
  if (only !== undefined && others.length === 0) return `; did you mean "${only}"? A hold is named by its whole digest`
  return `${didYouMean(digest, open)}; \`guildhall holds\` lists what is held now`
}
