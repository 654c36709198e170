import { GuildhallError } from '../../core/errors.ts'
import { isDay } from '../../core/lifecycle/calendar.ts'
import { isIdentity } from '../../schemas/validate.ts'

/** Refuses a word of the command line that is no identity, and says where it may belong. */
export function requireIdentity(text: string, purpose: 'act on' | 'read' = 'read'): void {
  if (isIdentity(text)) return
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot ${purpose} "${text}": expected an identity such as "idp/ada"${elsewhere(text)}`,
    { facts: { identity: text } },
  )
}

/** People write what an option takes after the rest. */
function elsewhere(text: string): string {
  if (isDay(text.slice(0, 'YYYY-MM-DD'.length)))
    return `; a date goes with its option, \`--expires\`, \`--until\` or \`--at\`, which \`--help\` names`
  if (/^\d$/.test(text)) return `; a level of assurance goes with its option: \`--loa ${text}\``
  if (text === 'never') return '; no end is said by the option `--never`'
  return text.includes('=') ? `; what a source says goes with its option: \`--attribute ${text}\`` : ''
}
