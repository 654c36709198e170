import { Command } from 'commander'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { count } from '../text/words.ts'

interface BrokenLink {
  readonly transaction: number
  readonly event?: number
  readonly reason: string
}

export function auditCommand(shell: Shell): Command {
  const verify = describeCommand({
    name: 'verify',
    summary: 'check the hash chain of the audit log',
    description: 'Checks that no event of the audit log was altered, removed or put in between since it was written.',
    examples: [
      ['guildhall audit verify', 'says where the chain breaks, if it does'],
      ['guildhall audit verify --json', 'for a program'],
    ],
  })
  answerWith<object>(verify, shell, async ({ options }) => {
    const result = await withState(shell, options, ({ store, pool }) => store.verifyAudit(pool))
    const size = `${count(result.transactions, 'transaction')}, ${count(result.events, 'event')}`
    if (result.valid) return { json: result, text: `The audit log is whole: ${size}` }
    const text = `AUDIT_BROKEN: the audit log is not what was written, ${firstBad(result.firstBad)} (${size} are sound before it); compare it with a backup`
    return { json: result, text, exitCode: 1 }
  })
  return new Command('audit')
    .summary('look after the audit log')
    .description('Looks after the audit log.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall audit verify --json  is it whole? for a program')
    .addCommand(verify)
}

function firstBad(link: BrokenLink | undefined): string {
  if (link === undefined) return 'at an unknown place'
  const event = link.event === undefined ? '' : `, event ${link.event}`
  return `transaction ${link.transaction}${event}: ${link.reason}`
}
