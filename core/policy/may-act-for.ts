/** Somebody who wants to do something for a service account. */
export interface ActFor {
  readonly isOwner: boolean
  /** What owners may do for it, by a word each. */
  readonly mayAct: readonly string[]
  readonly what: string
}

/** Why somebody may not; stable words. */
export type ActForRefusal = 'not-an-owner' | 'not-permitted'

/** What comes of the wish; the message is a whole sentence. */
export type ActForVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: ActForRefusal; readonly message: string }

/** Tells whether somebody may do something for a service account: an owner, what the account says that owners may do. */
export function mayActFor({ isOwner, mayAct, what }: ActFor): ActForVerdict {
  if (!isOwner)
    return {
      allowed: false,
      reason: 'not-an-owner',
      message:
        'they are none of its owners; one of these acts for it, or adds them (`guildhall service-account owner add`)',
    }
  if (mayAct.includes(what)) return { allowed: true }
  const listed = mayAct.length === 0 ? 'nothing' : mayAct.map((one) => `"${one}"`).join(', ')
  const message = `"${what}" is not what its owners may do: expected ${listed}`
  return { allowed: false, reason: 'not-permitted', message }
}
