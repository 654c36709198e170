import { GuildhallError } from '../../core/errors.ts'
import { isIdentity } from '../../schemas/validate.ts'

/** Refuses a word of the command line that is no identity. */
export function requireIdentity(text: string, purpose: 'act on' | 'read' = 'read'): void {
  if (isIdentity(text)) return
  throw new GuildhallError('COMMAND_MISUSED', `Cannot ${purpose} "${text}": expected an identity such as "idp/ada"`, {
    facts: { identity: text },
  })
}
