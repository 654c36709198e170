import type { Command } from 'commander'
import { createInvitations } from '../../api/acts/invitations/create.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { InvitationRequest } from '../../core/invitations/invitation.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { InviteAnswer } from '../../store/index.ts'
import { actContext } from '../acts/act-context.ts'
import { dayOption } from '../acts/day-option.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { describeCommand, named } from '../command.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { createdText } from './invitations-text.ts'
import { readInviting, withInviteOptions, type InviteOptions } from './invite-options.ts'

interface CreateOptions extends InviteOptions {
  readonly name?: string
  readonly language?: string
  readonly message?: string
  readonly until?: string
}

/** Makes `guildhall invitation create`. */
export function createCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'create', arguments: '<target> [address...]', summary: 'invite people to apply for a VO or a group' },
    description:
      'Invites people to apply for a VO (astro) or a group (astro/telescope): each gets a mail with a key, which is used once.',
    examples: [
      ['guildhall invitation create astro ada@example.org --as idp/grace', 'to become a member'],
      ['guildhall invitation create astro/telescope ada@example.org --pre-approved --until 2027-03-01', 'at once'],
      ['guildhall invitation create astro < people.ndjson', 'many, {"address":"ada@example.org","name":"Ada"} a line'],
    ],
    exitCodes: { 1: 'error, or somebody was not invited' },
  })
    .option('--name <name>', 'by which the person is greeted', named('a name'))
    .option('--language <language>', 'that they read, such as cs', named('a language'))
    .option('--message <text>', 'what the mail says besides')
    .option('--until <day>', 'the first day on which it counts no more; a month from today without it', dayOption)
  return withInviteOptions(command).action(() => run(shell, command))
}

async function run(shell: Shell, command: Command): Promise<void> {
  const [target = '', ...addresses] = command.args
  const { name, language, message, until, ...options } = command.opts<CreateOptions>()
  const usual = {
    ...(name !== undefined && { name }),
    ...(language !== undefined && { language }),
    ...(message !== undefined && { message }),
    ...(until !== undefined && { until }),
  }
  const isStream = addresses.length === 0
  const given = isStream ? await readRequests(shell) : addresses.map((address) => ({ address }))
  const inviting = readInviting(target, options)
  const invitations = given.map((request) => ({ ...usual, ...request }))
  const { invitations: answers } = await withState(shell, options, (open) =>
    createInvitations.run(actContext(shell, open), { ...inviting, invitations }),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'invitations', text: () => createdText(answers) },
    refusal: (answer) => ('refused' in answer ? refusal(target, answer) : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { address: answer.address, ...refusalJson(refused) }),
  })
}

type Refused = Extract<InviteAnswer, { readonly refused: object }>

function refusal(target: string, { address, refused: { reason, message } }: Refused): GuildhallError {
  return new GuildhallError('INVITATION_REFUSED', `Cannot invite ${showValue(address)} to "${target}": ${message}`, {
    facts: { address, reason },
  })
}

const keys = ['address', 'name', 'language', 'message', 'until'] as const
const form = 'expected an object such as {"address": "ada@example.org", "name": "Ada Lovelace"}'

async function readRequests(shell: Shell): Promise<InvitationRequest[]> {
  return readObjects(shell.input(), { form, keys, read: readRequest })
}

function readRequest(line: LineObject): InvitationRequest | string {
  const { address, ...others } = line
  if (typeof address !== 'string') return `address: expected an address, got ${showValue(address ?? null)}`
  const words: [string, string][] = []
  for (const [key, value] of Object.entries(others)) {
    if (typeof value !== 'string') return `${key}: expected a text, got ${showValue(value)}`
    words.push([key, value])
  }
  return { address, ...Object.fromEntries(words) }
}
