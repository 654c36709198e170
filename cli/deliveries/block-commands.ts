import { InvalidArgumentError, type Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedBlock } from '../../core/model/answers.ts'
import { lengthMs } from '../../core/reviews/schedule.ts'
import { causeOf } from '../../api/acts/acting-as.ts'
import type { BlockInput, BlockPlace } from '../../store/index.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import {
  answerWith,
  describeCommand,
  named,
  type Answer,
  type CommandDescription,
  type CommonOptions,
} from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { blockLine, placeOf } from '../text/blocks.ts'
import { moment } from '../text/words.ts'

interface PlaceOptions {
  readonly facility?: string
  readonly service?: string
  readonly destination?: string
  readonly person?: string
}

interface WordOptions extends PlaceOptions, CommonOptions {
  readonly reason?: string
}

const longestPauseMs = 7 * 24 * 60 * 60 * 1000

/** Makes `guildhall deliveries block|unblock|pause|unpause`. */
export function blockCommands(shell: Shell): Command[] {
  return [blockCommand(shell), unblockCommand(shell), pauseCommand(shell), unpauseCommand(shell)]
}

function blockCommand(shell: Shell): Command {
  const command = placed({
    name: 'block',
    summary: 'send nothing of a facility, service or destination until it is unblocked, or leave a person out',
    description:
      'Sends nothing of a facility, a service or to a destination until it is unblocked, whatever changes meanwhile: what is there stays, also of people who are banned or removed. Of a person: leaves them out of the files of a facility, or of all; they keep memberships and access.',
    examples: [
      ['guildhall deliveries block --facility hpc --reason "being rebuilt"', 'nothing goes there'],
      [
        'guildhall deliveries block --facility hpc --service passwd --destination login1 --reason "…"',
        'one service to one destination',
      ],
      [
        'guildhall deliveries block --person idp/ada --facility hpc --reason "breaks pwck"',
        'without `--facility`: everywhere',
      ],
    ],
  })
    .option('--person <identity>', 'leave this person out of the files', named('an identity'))
    .requiredOption('--reason <text>', 'why, for whoever asks later (required)', named('a reason'))
  return answerWith<WordOptions>(command, shell, async ({ options }) => block(shell, options, {}))
}

function pauseCommand(shell: Shell): Command {
  const command = placed({
    name: 'pause',
    summary: 'the same for some time, after which it goes out by itself',
    description:
      'Sends nothing of a facility, a service or to a destination for some time, at most seven days. A pause there is gets a later end, never an earlier one.',
    examples: [
      ['guildhall deliveries pause --facility hpc --for PT2H --reason "maintenance"', 'over by itself after two hours'],
    ],
  })
    .requiredOption('--for <length>', 'how long, such as PT2H or P1D, at most P7D (required)', pauseLength)
    .requiredOption('--reason <text>', 'why, for whoever asks later (required)', named('a reason'))
  return answerWith<WordOptions & { readonly for: number }>(command, shell, async ({ options }) =>
    block(shell, options, { until: new Date(shell.now().getTime() + options.for) }),
  )
}

function unblockCommand(shell: Shell): Command {
  const command = placed({
    name: 'unblock',
    summary: 'lift a block; what it kept back goes out at once',
    examples: [
      ['guildhall deliveries unblock --facility hpc', 'as it was blocked: a block of one service stays'],
      ['guildhall deliveries unblock --person idp/ada', 'shows them in the files again'],
    ],
  })
    .option('--person <identity>', 'whom to show in the files again', named('an identity'))
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
  return answerWith<WordOptions>(command, shell, async ({ options }) => lift(shell, options, 'block'))
}

function unpauseCommand(shell: Shell): Command {
  const command = placed({
    name: 'unpause',
    summary: 'end a pause before its time',
    examples: [['guildhall deliveries unpause --facility hpc', 'what it kept back goes out at once']],
  }).option('--reason <text>', 'why, for whoever asks later', named('a reason'))
  return answerWith<WordOptions>(command, shell, async ({ options }) => lift(shell, options, 'pause'))
}

function placed(description: CommandDescription): Command {
  return describeCommand(description)
    .option('--facility <name>', 'of which facility', named('a name'))
    .option('--service <name>', 'only this service', named('a name'))
    .option('--destination <name>', 'only to this destination', named('a name'))
}

async function block(shell: Shell, options: WordOptions, end: Pick<BlockInput, 'until'>): Promise<Answer> {
  const input = { ...wordOf(shell, options, 'block'), ...end }
  const answer = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.blockDeliveries(tx, input)),
  )
  return { json: answer, text: `${answer.changed ? '' : 'It stands already. '}${blockLine(answer.block)}` }
}

async function lift(shell: Shell, options: WordOptions, kind: ListedBlock['kind']): Promise<Answer> {
  const input = { ...wordOf(shell, options, `un${kind}`), kind }
  return withState(shell, options, async ({ store, pool }) => {
    const lifted = await store.inTransaction(pool, (tx) => store.unblockDeliveries(tx, input))
    const json = { changed: lifted !== undefined, block: lifted ?? null }
    if (lifted === undefined) return { json, text: await nothingLifted({ store, pool }, input.place, kind) }
    const since = `${kind === 'pause' ? 'paused' : 'blocked'} since ${moment(lifted.since)}`
    return { json, text: `${placeOf(lifted)}, ${since}, goes out again` }
  })
}

/** Whoever lifts a block of a whole facility may mean those of its services. */
async function nothingLifted(
  { store, pool }: Pick<OpenState, 'pool' | 'store'>,
  place: BlockPlace,
  kind: ListedBlock['kind'],
): Promise<string> {
  const others = await store.listBlocks(pool)
  return [`There was no ${kind} of ${placeOf(place)} to lift.`, ...others.map(blockLine)].join('\n')
}

function wordOf(shell: Shell, options: WordOptions, tried: string) {
  const { reason = '' } = options
  return { place: placeIn(options, tried), reason, cause: causeOf(shell, undefined), now: shell.now() }
}

function placeIn({ facility, service, destination, person }: PlaceOptions, tried: string): BlockPlace {
  if (person !== undefined) {
    requireIdentity(person)
    if (service === undefined && destination === undefined)
      return { user: person, ...(facility === undefined ? {} : { facility }) }
    throw misused(tried, 'a person is left out of all files of a facility: give `--person` and perhaps `--facility`')
  }
  if (facility === undefined)
    throw misused(tried, 'expected `--facility`, with `--service` or `--destination` for less')
  return {
    facility,
    ...(service === undefined ? {} : { service }),
    ...(destination === undefined ? {} : { destination }),
  }
}

function misused(tried: string, what: string): GuildhallError {
  return new GuildhallError('COMMAND_MISUSED', `Cannot ${tried} deliveries: ${what}`)
}

function pauseLength(text: string): number {
  const length = lengthMs(text)
  if (length !== undefined && length > 0 && length <= longestPauseMs) return length
  throw new InvalidArgumentError('expected a length such as PT2H or P1D, at most P7D')
}
