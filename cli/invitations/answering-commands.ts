import type { Command } from 'commander'
import {
  acceptInvitation,
  declineInvitation,
  type Accepted,
  type AcceptInput,
} from '../../api/acts/invitations/answer.ts'
import { GuildhallError } from '../../core/errors.ts'
import { readKey } from '../acts/read-key.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { collect, readAnswers } from '../applications/read-answers.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { renderTable } from '../text/table.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { targetOf } from './invitations-text.ts'
import { readAcceptings, readDeclinings, type Declining } from './read-uses-of-keys.ts'
import { useKeys } from './use-keys.ts'

interface AcceptOptions extends CommonOptions {
  readonly key?: string
  readonly as?: string
  readonly answers?: string
  readonly answer?: readonly string[]
  readonly voAnswers?: string
  readonly voAnswer?: readonly string[]
  readonly language?: string
}

const keyHelp = 'that the mail brings; - reads it from standard input'
const manyExitCodes = { 1: 'error, or a key was refused' } as const

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
      ['guildhall invitation accept < keys.ndjson', 'many, each in a transaction of its own'],
    ],
    exitCodes: manyExitCodes,
  })
    .option('--key <key>', keyHelp, named('a key'))
    .option('--as <identity>', 'who accepts', named('an identity'))
    .option('--answers <file>', 'a JSON object of answers to the form', named('a file'))
    .option('--answer <name=value>', 'one answer, as JSON or text; may be repeated', collect)
    .option('--vo-answers <file>', 'answers to the form of the VO, where the invitation is to a group', named('a file'))
    .option('--vo-answer <name=value>', 'one of these; may be repeated', collect)
    .option('--language <language>', 'what the person reads, such as cs', named('a language'))
  return useKeys<AcceptOptions, AcceptInput, Accepted>(command, shell, {
    readOne: (options) => readAccepting(shell, options),
    readMany: async ({ as, answers, answer, voAnswers, voAnswer, language }) => {
      const isOfOne = [as, answers, answer, voAnswers, voAnswer, language].some((option) => option !== undefined)
      if (!isOfOne) return readAcceptings(shell.input())
      throw new GuildhallError(
        'COMMAND_MISUSED',
        'Cannot tell which invitation is accepted: give `--key KEY`, or only NDJSON on standard input without options',
      )
    },
    line: '{"key":"4f…","identity":"idp/ada","answers":{"name":"Ada Lovelace"}}; "voAnswers" and "language" as the options',
    run: (context, accepting) => acceptInvitation.run(context, accepting),
    text: acceptedText,
    nameOf: ({ identity }) => ({ identity }),
  })
}

async function readAccepting(
  shell: Shell,
  { as: identity, answers, answer, voAnswers, voAnswer, language, key }: AcceptOptions & { readonly key: string },
): Promise<AcceptInput> {
  if (identity === undefined)
    throw new GuildhallError('COMMAND_MISUSED', 'Cannot accept the invitation: say who accepts with `--as IDENTITY`')
  requireIdentity(identity)
  return {
    ...{ key: await readKey(shell, { key }), identity },
    answers: await readAnswers(shell, given(answers, answer)),
    voAnswers: await readAnswers(shell, given(voAnswers, voAnswer)),
    ...(language !== undefined && { language }),
  }
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
  readonly key?: string
  readonly reason?: string
}

/** Makes `guildhall invitation decline`. */
export function declineCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'decline', summary: 'use the key of an invitation to say no' },
    examples: [
      ['guildhall invitation decline --key - --reason "no time"', 'told to whoever invited'],
      ['guildhall invitation decline < keys.ndjson', 'many, each in a transaction of its own'],
    ],
    exitCodes: manyExitCodes,
  })
    .option('--key <key>', keyHelp, named('a key'))
    .option('--reason <text>', 'why, for whoever invited', named('a reason'))
  return useKeys<DeclineOptions, Declining, { readonly invitation: number }>(command, shell, {
    readOne: async ({ key, reason }) => ({
      key: await readKey(shell, { key }),
      ...(reason !== undefined && { reason }),
    }),
    readMany: async ({ reason }) => {
      const declinings = await readDeclinings(shell.input())
      return declinings.map((one) => ({ ...(reason !== undefined && { reason }), ...one }))
    },
    line: `{"key":"4f…","reason":"no time"}\n\n${reasonOnLine}`,
    run: (context, declining) => declineInvitation.run(context, declining),
    text: ({ invitation }) => `Invitation ${invitation} is declined.`,
    nameOf: () => ({}),
  })
}
