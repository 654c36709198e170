import { count } from '../../core/model/count.ts'
import { Command, InvalidArgumentError } from 'commander'
import { answerWith, describeCommand, named } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderEvents } from '../text/audit-events.ts'

interface BrokenLink {
  readonly transaction: number
  readonly event?: number
  readonly reason: string
}

/** Makes `guildhall audit`. */
export function auditCommand(shell: Shell): Command {
  return new Command('audit')
    .summary('look after the audit log')
    .description('Looks after the audit log.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall audit verify --json  is it whole? for a program')
    .addCommand(verifyCommand(shell))
    .addCommand(listCommand(shell))
}

function verifyCommand(shell: Shell): Command {
  const verify = describeCommand({
    name: 'verify',
    summary: 'check the hash chain of the audit log',
    description: 'Checks that no event of the audit log was altered, removed or put in between since it was written.',
    examples: [
      ['guildhall audit verify', 'says where the chain breaks, if it does'],
      ['guildhall audit verify --json', 'for a program'],
    ],
  })
  return answerWith<object>(verify, shell, async ({ options }) => {
    const result = await withState(shell, options, ({ store, pool }) => store.verifyAudit(pool))
    const size = `${count(result.transactions, 'transaction')}, ${count(result.events, 'event')}`
    if (result.valid) return { json: result, text: `The audit log is whole: ${size}` }
    const text = `AUDIT_BROKEN: the audit log is not what was written, ${firstBad(result.firstBad)} (${size} are sound before it); compare it with a backup`
    return { json: result, text, exitCode: 1 }
  })
}

const usualLimit = 50
const mostEvents = 10_000

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: 'list what happened last, and who did it',
    description:
      'Lists what happened last, the newest first, and who did it; whoever is named by `--as` is unauthenticated, as nobody checks it.',
    examples: [
      ['guildhall audit list --vo astro', 'the last 50 events of a VO'],
      ['guildhall audit list --limit 1000 --json', 'for a program, with all that is recorded'],
    ],
  })
    .option('--vo <name>', 'of a VO and what is in it, under its former names too', named('a VO'))
    .option('--limit <n>', `how many (default: ${usualLimit})`, limitOption)
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { vo, limit = usualLimit } = options
    const events = await withState(shell, options, ({ store, pool }) => store.listEvents(pool, { vo, limit }))
    return { json: { events }, text: renderEvents(events) }
  })
}

interface ListOptions {
  readonly vo?: string
  readonly limit?: number
}

function limitOption(text: string): number {
  const number = Number(text)
  if (/^[1-9]\d{0,4}$/.test(text) && number <= mostEvents) return number
  throw new InvalidArgumentError(`expected a number of events from 1 to ${mostEvents}`)
}

function firstBad(link: BrokenLink | undefined): string {
  if (link === undefined) return 'at an unknown place'
  const event = link.event === undefined ? '' : `, event ${link.event}`
  return `transaction ${link.transaction}${event}: ${link.reason}`
}
