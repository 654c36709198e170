import { InvalidArgumentError, type Command } from 'commander'
import { applicationStates, listApplications, showApplication } from '../../api/acts/applications/look-up.ts'
import type { ApplicationState } from '../../core/applications/application.ts'
import { actContext } from '../acts/act-context.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { listText, showText } from './applications-text.ts'
import { readId } from './read-id.ts'

interface ListOptions extends CommonOptions {
  readonly vo?: string
  readonly identity?: string
  readonly state?: ApplicationState
  readonly all?: boolean
  readonly waitingFor?: string
}

function stateOption(text: string): ApplicationState {
  const state = applicationStates.find((one) => one === text)
  if (state !== undefined) return state
  throw new InvalidArgumentError(`expected one of ${applicationStates.join(', ')}`)
}

/** Makes `guildhall application list`. */
export function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', summary: 'list applications that are not decided yet' },
    examples: [
      ['guildhall application list --vo astro', 'those that are not decided yet'],
      ['guildhall application list --waiting-for idp/ada', 'what she has to decide'],
      ['guildhall application list --identity idp/alan --all', 'all of one person'],
    ],
  })
    .option('--vo <name>', 'for a VO and its groups', named('a VO'))
    .option('--identity <identity>', 'of one person', named('an identity'))
    .option('--state <state>', applicationStates.join(', '), stateOption)
    .option('--all', 'also those that are decided')
    .option('--waiting-for <identity>', 'in whose open step this person may decide', named('an identity'))
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { all, vo, identity, state, waitingFor } = options
    for (const one of [waitingFor, identity]) if (one !== undefined) requireIdentity(one)
    const filter = {
      ...{ ...(vo !== undefined && { vo }), ...(identity !== undefined && { identity }) },
      ...{ ...(state !== undefined && { state }), ...(waitingFor !== undefined && { waitingFor }) },
      ...(all === true && { all: 'true' as const }),
    }
    const found = await withState(shell, options, (open) => listApplications.run(actContext(shell, open), filter))
    return { json: found, text: listText(found.applications) }
  })
}

/** Makes `guildhall application show`. */
export function showCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'show', arguments: '<id>', summary: 'show an application, its answers and what was done to it' },
    examples: [['guildhall application show 12 --json', 'with the whole policy, for --seen']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const application = String(readId(text))
    const shown = await withState(shell, options, (open) =>
      showApplication.run(actContext(shell, open), { application }),
    )
    return { json: shown, text: showText(shown) }
  })
}
