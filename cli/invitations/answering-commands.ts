import type { Command } from 'commander'
import { acceptInvitation, declineInvitation, type Accepted } from '../../api/acts/invitations/answer.ts'
import { GuildhallError } from '../../core/errors.ts'
import { actContext } from '../acts/act-context.ts'
import { readKey } from '../acts/read-key.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { collect, readAnswers } from '../applications/read-answers.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { targetOf } from './invitations-text.ts'

interface AcceptOptions extends CommonOptions {
  readonly key: string
  readonly as?: string
  readonly answers?: string
  readonly answer?: readonly string[]
  readonly voAnswers?: string
  readonly voAnswer?: readonly string[]
  readonly language?: string
}

const keyHelp = 'that the mail brings; - reads it from standard input'

/** Makes `guildhall invitation accept`. */
export function acceptCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'accept', summary: 'use the key of an invitation: file the application' },
    examples: [
      ['guildhall invitation accept --key - --as idp/ada --answer "name=Ada Lovelace"', 'as who is to be a member'],
      [
        'guildhall invitation accept --key 4f… --as idp/ada --vo-answers vo.json --answers group.json',
        'to a group, by who is no member of its VO yet',
      ],
    ],
  })
    .requiredOption('--key <key>', keyHelp, named('a key'))
    .option('--as <identity>', 'who accepts', named('an identity'))
    .option('--answers <file>', 'a JSON object of answers to the form', named('a file'))
    .option('--answer <name=value>', 'one answer, as JSON or text; may be repeated', collect)
    .option('--vo-answers <file>', 'answers to the form of the VO, where the invitation is to a group', named('a file'))
    .option('--vo-answer <name=value>', 'one of these; may be repeated', collect)
    .option('--language <language>', 'what the person reads, such as cs', named('a language'))
  return answerWith<AcceptOptions>(command, shell, async ({ options }) => {
    const { as: identity, answers, answer, voAnswers, voAnswer, language } = options
    if (identity === undefined)
      throw new GuildhallError('COMMAND_MISUSED', 'Cannot accept the invitation: say who accepts with `--as IDENTITY`')
    requireIdentity(identity)
    const accepting = {
      ...{ key: await readKey(shell, options), identity },
      answers: await readAnswers(shell, given(answers, answer)),
      voAnswers: await readAnswers(shell, given(voAnswers, voAnswer)),
      ...(language !== undefined && { language }),
    }
    const json = await withState(shell, options, (open) => acceptInvitation.run(actContext(shell, open), accepting))
    return { json, text: acceptedText(json) }
  })
}

function given(answers: string | undefined, answer: readonly string[] | undefined) {
  return { ...(answers !== undefined && { answers }), ...(answer !== undefined && { answer }) }
}

function acceptedText({ invitation, applications }: Accepted): string {
  const rows = applications.map(({ application, vo, group, state, waitingFor, status }) => [
    ...[String(application), targetOf({ vo, group })],
    ...[waitingFor === null ? state : `${state} for ${waitingFor}`, status ?? '–'],
  ])
  return [
    `Invitation ${invitation} is accepted.`,
    '',
    renderTable(['APPLICATION', 'FOR', 'STATE', 'MEMBER'], rows),
  ].join('\n')
}

interface DeclineOptions extends CommonOptions {
  readonly key: string
  readonly reason?: string
}

/** Makes `guildhall invitation decline`. */
export function declineCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'decline', summary: 'use the key of an invitation to say no' },
    examples: [['guildhall invitation decline --key - --reason "no time"', 'told to whoever invited']],
  })
    .requiredOption('--key <key>', keyHelp, named('a key'))
    .option('--reason <text>', 'why, for whoever invited', named('a reason'))
  return answerWith<DeclineOptions>(command, shell, async ({ options }) => {
    const { reason } = options
    const declining = { key: await readKey(shell, options), ...(reason !== undefined && { reason }) }
    const json = await withState(shell, options, (open) => declineInvitation.run(actContext(shell, open), declining))
    return { json, text: `Invitation ${json.invitation} is declined.` }
  })
}
