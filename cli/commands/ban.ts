import { Command } from 'commander'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import { shownActor } from '../../core/model/authentication.ts'
import type { BanAnswer, BanFilter, BanInput, BanOn, BanPlace, ListedBan } from '../../store/index.ts'
import type * as store from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { dayOption } from '../acts/day-option.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { readBans, readLiftings } from '../acts/read-bans.ts'
import { requestsOf } from '../acts/read-requests.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

interface PlaceOptions extends CommonOptions {
  readonly vo?: string
  readonly resource?: string
  readonly facility?: string
}

interface ListOptions extends PlaceOptions {
  readonly user?: string
}

interface BanOptions extends PlaceOptions {
  readonly as?: string
  readonly reason?: string
  readonly until?: string
}

/** Makes `guildhall ban`. */
export function banCommand(shell: Shell): Command {
  return new Command('ban')
    .summary('keep people out of a VO, a resource or a facility')
    .description('Keeps people out of a VO, a resource or a facility, whatever their memberships say.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall ban add idp/mallory --vo astro --reason "abuse" --until 2027-01-01  out at once',
    )
    .addCommand(addCommand(shell))
    .addCommand(removeCommand(shell))
    .addCommand(listCommand(shell))
}

function addCommand(shell: Shell): Command {
  const command = changing({
    name: 'add',
    arguments: '[identity...]',
    summary: 'ban people; it overtakes everything else on its way to the files',
    examples: [
      ['guildhall ban add idp/mallory --vo astro --reason "abuse"', 'from everything of the VO, until it is lifted'],
      [
        'guildhall ban add idp/mallory --resource astro/cluster-batch --reason "quota" --until 2027-01-01',
        'from one resource; the last day is 31 December',
      ],
      [
        'guildhall ban add --facility hpc --reason "stolen keys" < people.ndjson',
        'many at once, {"user":"idp/mallory"} a line; "reason" and "until" of a line go before the options',
      ],
    ],
  })
    .option('--reason <text>', 'why, for whoever asks later; required but where each line says it', named('a reason'))
    .option('--until <day>', 'the first day without the ban', dayOption)
  return command.action(async () => {
    const { reason, until = null, ...options } = command.opts<BanOptions>()
    await run(shell, command.args, {
      options,
      act: (user) => ({ user, reason: requireReason(reason), until }),
      read: (input) => readBans(input, { reason, until }),
      change: (store) => store.addBans,
    })
  })
}

function requireReason(reason: string | undefined): string {
  if (reason !== undefined) return reason
  throw new GuildhallError('COMMAND_MISUSED', 'Cannot ban anybody without a reason: expected `--reason "…"`')
}

function removeCommand(shell: Shell): Command {
  const command = changing({
    name: 'remove',
    arguments: '[identity...]',
    summary: 'lift bans',
    examples: [
      ['guildhall ban remove idp/mallory --vo astro --reason "sorted out"', 'what they had comes back'],
      [
        'guildhall ban remove --vo astro < people.ndjson',
        'many at once, {"user":"idp/mallory","reason":"sorted out"} a line',
      ],
    ],
  }).option('--reason <text>', 'why, for whoever asks later', named('a reason'))
  return command.action(async () => {
    const { reason = '', ...options } = command.opts<BanOptions>()
    const act = (user: string): BanOn => ({ user, reason, until: null })
    await run(shell, command.args, {
      options,
      act,
      read: (input) => readLiftings(input, reason),
      change: (store) => store.removeBans,
    })
  })
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: 'list the bans in force',
    examples: [
      ['guildhall ban list --vo astro', 'from the VO and its resources'],
      ['guildhall ban list --facility hpc', 'from the facility and the resources on it'],
      ['guildhall ban list --user idp/mallory --json', 'what somebody is kept out of, for a program'],
    ],
  })
    .option('--vo <name>', 'only from a VO and its resources', named('a VO'))
    .option('--resource <vo/resource>', 'only from a resource', named('a resource'))
    .option('--facility <name>', 'only from a facility and the resources on it', named('a facility'))
    .option('--user <identity>', 'only of somebody', named('an identity'))
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const filter = readFilter(options)
    const bans = await withState(shell, options, ({ store, pool }) => store.listBans(pool, filter))
    const json = bans.map(({ user, from, reason, until, actor, authentication, since }) => ({
      user,
      from,
      reason,
      until,
      actor,
      authentication,
      since,
    }))
    return { json: { bans: json }, text: renderBans(bans, filter) }
  })
}

function readFilter(options: ListOptions): BanFilter {
  const { user } = options
  if (user !== undefined) requireIdentity(user)
  const place = readPlace(options, 'list bans')
  return { ...(place === undefined ? {} : { place }), ...(user === undefined ? {} : { user }) }
}

function renderBans(bans: readonly ListedBan[], filter: BanFilter): string {
  if (bans.length === 0) return Object.keys(filter).length === 0 ? 'Nobody is banned.' : 'There is no such ban.'
  const rows = bans.map(({ user, from, reason, until, actor, authentication, since }) => [
    ...[
      user,
      nameOf(from),
      until === null ? '–' : lastDayBefore(until),
      shownActor(actor, authentication),
      moment(since.toISOString()),
      reason,
    ],
  ])
  return renderTable(['USER', 'BANNED FROM', 'LAST DAY', 'BY', 'SINCE', 'REASON'], rows)
}

function changing(description: Pick<CommandDescription, 'name' | 'arguments' | 'summary' | 'examples'>): Command {
  return describeCommand({ ...description, exitCodes: { 1: 'error, or somebody was refused' } })
    .option('--vo <name>', 'from a VO', named('a VO'))
    .option('--resource <vo/resource>', 'from a resource', named('a resource'))
    .option('--facility <name>', 'from a facility', named('a facility'))
    .addOption(asOption())
}

type Store = typeof store

interface Run {
  readonly options: BanOptions
  readonly act: (user: string) => BanOn
  /** Reads the lines of standard input, where nobody is named. */
  readonly read: (input: AsyncIterable<Uint8Array>) => Promise<readonly BanOn[]>
  readonly change: (store: Store) => Store['addBans']
}

async function run(shell: Shell, args: readonly string[], { options, act, read, change }: Run): Promise<void> {
  const place = requirePlace(options)
  const isStream = args.length === 0
  const requests = isStream ? await read(shell.input()) : requestsOf(args, undefined).map(({ user }) => act(user))
  const { as } = options
  const input: BanInput = {
    ...{ place, requests, now: shell.now() },
    ...actingAs(shell, as),
  }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => change(store)(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'bans', text: () => textOf(answers, place) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, place) : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { user: answer.user, ...refusalJson(refused) }),
  })
}

type Refused = Extract<BanAnswer, { readonly refused: object }>

function refusal({ user, refused }: Refused, place: BanPlace): GuildhallError {
  return new GuildhallError(
    'BAN_REFUSED',
    `Cannot change the ban of "${user}" from ${nameOf(place)}: ${refused.message}`,
    {
      facts: { user, reason: refused.reason },
    },
  )
}

function textOf(answers: readonly BanAnswer[], place: BanPlace): string {
  const lines = answers.map((answer) => {
    if ('refused' in answer) return `${answer.user}: refused, ${answer.refused.message}`
    if (!answer.banned) return `${answer.user} is no longer banned from ${nameOf(place)}`
    return `${answer.user} is banned from ${nameOf(place)}${answer.until === null ? '' : ` until ${answer.until}`}`
  })
  return `${lines.join('\n')}\n`
}

function nameOf(place: BanPlace): string {
  switch (place.kind) {
    case 'vo':
      return `VO ${place.vo}`
    case 'resource':
      return `resource ${place.vo}/${place.name}`
    case 'facility':
      return `facility ${place.name}`
  }
}

function requirePlace(options: PlaceOptions): BanPlace {
  const place = readPlace(options, 'ban')
  if (place !== undefined) return place
  throw new GuildhallError('COMMAND_MISUSED', `Cannot tell what the ban is from: give one of ${placeOptions}`)
}

const placeOptions = '`--vo`, `--resource` and `--facility`'

function readPlace({ vo, resource, facility }: PlaceOptions, tried: string): BanPlace | undefined {
  const places: BanPlace[] = []
  if (vo !== undefined) places.push({ kind: 'vo', vo })
  if (resource !== undefined) places.push(resourcePlace(resource, tried))
  if (facility !== undefined) places.push({ kind: 'facility', name: facility })
  if (places.length <= 1) return places[0]
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot ${tried} from ${places.length} places: give one of ${placeOptions}`,
  )
}

function resourcePlace(text: string, tried: string): BanPlace {
  const named = parseResource(text)
  if (named !== undefined) return { kind: 'resource', ...named }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot ${tried} from resource "${text}": expected a VO and a resource, such as "astro/cluster-batch"`,
    {
      facts: { resource: text },
    },
  )
}
