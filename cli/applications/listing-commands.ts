import { InvalidArgumentError, type Command } from 'commander'
import type { ApplicationState } from '../../core/applications/application.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ApplicationFilter, ListedApplication } from '../../store/index.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { listText, showText } from './applications-text.ts'
import { readId } from './read-id.ts'

interface ListOptions extends CommonOptions {
  readonly vo?: string
  readonly identity?: string
  readonly state?: ApplicationState
  readonly all?: boolean
  readonly waitingFor?: string
}

const states = [
  ...(['unverified', 'open', 'changes-requested', 'waiting'] as const),
  ...(['approved', 'rejected', 'withdrawn'] as const),
] satisfies readonly ApplicationState[]

/** As many as are listed at once. */
const atMost = 10_000

function stateOption(text: string): ApplicationState {
  const state = states.find((one) => one === text)
  if (state !== undefined) return state
  throw new InvalidArgumentError(`expected one of ${states.join(', ')}`)
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
    .option('--state <state>', states.join(', '), stateOption)
    .option('--all', 'also those that are decided')
    .option('--waiting-for <identity>', 'in whose open step this person may decide', named('an identity'))
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const { waitingFor, ...filter } = options
    for (const identity of [waitingFor, options.identity]) if (identity !== undefined) requireIdentity(identity)
    const applications = await withState(shell, options, (open) => listed(shell, open, { waitingFor, filter }))
    return { json: { applications }, text: listText(applications) }
  })
}

interface Listing {
  readonly waitingFor: string | undefined
  readonly filter: Omit<ApplicationFilter, 'atMost'>
}

async function listed(
  shell: Shell,
  { store, pool }: OpenState,
  { waitingFor, filter }: Listing,
): Promise<ListedApplication[]> {
  if (waitingFor === undefined) return store.listApplications(pool, { ...filter, atMost })
  const ids = await store.listWaitingFor(pool, { identity: waitingFor, now: shell.now() })
  return store.listApplications(pool, { ...filter, ids, atMost })
}

/** Makes `guildhall application show`. */
export function showCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'show', arguments: '<id>', summary: 'show an application, its answers and what was done to it' },
    examples: [['guildhall application show 12 --json', 'with the whole policy, for --seen']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [text = ''], options }) => {
    const id = readId(text)
    const shown = await withState(shell, options, ({ store, pool }) => store.showApplication(pool, id))
    if (shown !== undefined) return { json: shown, text: showText(shown) }
    throw new GuildhallError(
      'APPLICATION_UNKNOWN',
      `Cannot show application ${id}: there is none; \`guildhall application list --all\` lists them`,
      {
        facts: { application: id },
      },
    )
  })
}
