import type { Command } from 'commander'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { changingActs, type ChangeInput, type Changed, type InvitationAct } from '../../api/acts/invitations/change.ts'
import { showValue } from '../../core/model/show-value.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { attempt, type Attempt } from '../acts/attempt.ts'
import { dayOption } from '../acts/day-option.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { expectedWords, isWords } from '../lines/words.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { readInvitationId } from './read-invitation-id.ts'

interface ChangeOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly until?: string
}

const wordings: Readonly<Record<InvitationAct, Pick<CommandDescription, 'examples' | 'summary'>>> = {
  revoke: {
    summary: 'take invitations back: their keys count no more',
    examples: [
      ['guildhall invitation revoke 12 --as idp/ada --reason "wrong address"', 'nobody can use it any more'],
      ['guildhall invitation revoke < wrong.ndjson', 'many at once, {"invitation":12,"reason":"wrong address"} a line'],
    ],
  },
  resend: {
    summary: 'send invitations again, with new keys; those of before count no more',
    examples: [
      ['guildhall invitation resend 12 13', 'they count at least a month more'],
      ['guildhall invitation resend 12 --until 2027-03-01', 'with a day of its own; also one that has run out'],
    ],
  },
}

/** Makes `guildhall invitation revoke` and `resend`. */
export function changingCommands(shell: Shell): Command[] {
  return (['revoke', 'resend'] as const).map((act) => changingCommand(shell, act))
}

function changingCommand(shell: Shell, act: InvitationAct): Command {
  const command = describeCommand({
    ...{ name: act, arguments: '[id...]', ...wordings[act] },
    exitCodes: { 1: 'error, or nothing came of one of them' },
  })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
  if (act === 'resend') command.option('--until <day>', 'the first day on which they count no more', dayOption)
  return command.action(() => run(shell, command, act))
}

type Answered = Pick<Changed, 'invitation'> & Attempt<Changed>

async function run(shell: Shell, command: Command, act: InvitationAct): Promise<void> {
  const { as, reason, until, ...options } = command.opts<ChangeOptions>()
  if (as !== undefined) requireIdentity(as)
  const isStream = command.args.length === 0
  const usual = {
    ...(as !== undefined && { as }),
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
  }
  const asked = isStream
    ? await readChanges(shell)
    : command.args.map((text) => ({ invitation: readInvitationId(text) }))
  const answers = await withState(shell, options, async (open) => {
    const context = actContext(shell, open)
    const done: Answered[] = []
    for (const one of asked) {
      const input = { ...usual, ...one }
      done.push({ invitation: one.invitation, ...(await attempt(() => changingActs[act].run(context, input))) })
    }
    return done
  })
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'invitations', text: () => textOf(answers) },
    refusal: (answer) => ('error' in answer ? answer.error : undefined),
    json: (answer, refused) =>
      refused === undefined ? answer : { invitation: answer.invitation, ...refusalJson(refused) },
  })
}

const form = 'expected an object such as {"invitation": 12, "reason": "wrong address"}'

async function readChanges(shell: Shell): Promise<ChangeInput[]> {
  return readObjects(shell.input(), { form, keys: ['invitation', 'reason'], read: readChange })
}

function readChange({ invitation, reason }: LineObject): ChangeInput | string {
  if (typeof invitation !== 'number' || !Number.isInteger(invitation) || invitation < 1 || invitation > 2_147_483_647)
    return `invitation: expected a number such as 12, got ${showValue(invitation ?? null)}`
  if (reason === undefined) return { invitation }
  return isWords(reason) ? { invitation, reason } : expectedWords('reason', 'expected a text', reason)
}

function textOf(answers: readonly Answered[]): string {
  const rows = answers.map((answer) =>
    'error' in answer
      ? [String(answer.invitation), 'refused', '–', answer.error.message]
      : [String(answer.invitation), answer.state, lastDayBefore(answer.until), ''],
  )
  return `${renderTable(['ID', 'STATE', 'LAST DAY', 'WHY'], rows)}\n`
}
