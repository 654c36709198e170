import { InvalidArgumentError, type Command } from 'commander'
import { invitationStates, listInvitations, showInvitation } from '../../api/acts/invitations/look-up.ts'
import type { InvitationState } from '../../core/invitations/invitation.ts'
import { actContext } from '../acts/act-context.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { listText, showText } from './invitations-text.ts'
import { readInvitationId } from './read-invitation-id.ts'

interface ListOptions extends CommonOptions {
  readonly vo?: string
  readonly group?: string
  readonly address?: string
  readonly state?: InvitationState
  readonly all?: boolean
}

function stateOption(text: string): InvitationState {
  const state = invitationStates.find((one) => one === text)
  if (state !== undefined) return state
  throw new InvalidArgumentError(`expected one of ${invitationStates.join(', ')}`)
}

/** Makes `guildhall invitation list`. */
export function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', summary: 'list invitations whose keys count' },
    examples: [
      ['guildhall invitation list --vo astro', 'to the VO and its groups'],
      ['guildhall invitation list --vo astro --state declined --json', 'who does not want to come, for a program'],
      ['guildhall invitation list --address ada@example.org --all', 'all of one address'],
    ],
  })
    .option('--vo <name>', 'to a VO and its groups', named('a VO'))
    .option('--group <name>', 'to one of its groups', named('a group'))
    .option('--address <address>', 'of one address', named('an address'))
    .option('--state <state>', invitationStates.join(', '), stateOption)
    .option('--all', 'also those that have ended')
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { vo, group, address, state, all } = options
    const filter = {
      ...(vo !== undefined && { vo }),
      ...(group !== undefined && { group }),
      ...(address !== undefined && { address }),
      ...(state !== undefined && { state }),
      ...(all === true && { all: 'true' as const }),
    }
    const json = await withState(shell, options, (open) => listInvitations.run(actContext(shell, open), filter))
    return { json, text: listText(json.invitations) }
  })
}

/** Makes `guildhall invitation show`. */
export function showCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'show', arguments: '<id>', summary: 'show an invitation and what was filed by it' },
    examples: [['guildhall invitation show 12', 'whose it is, how its mail stands, what became of it']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const invitation = String(readInvitationId(text))
    const json = await withState(shell, options, (open) => showInvitation.run(actContext(shell, open), { invitation }))
    return { json, text: showText(json) }
  })
}
