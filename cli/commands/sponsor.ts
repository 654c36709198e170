import { Command } from 'commander'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedSponsorship, SponsorAct, TransferAnswer } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { dayOption } from '../acts/day-option.ts'
import { heldExitCode, printAnswers, refusalJson } from '../acts/print-answers.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { sponsorshipsText } from '../acts/sponsorships-text.ts'
import { answerWith, describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'

interface SponsorOptions extends CommonOptions {
  readonly vo?: string
  readonly sponsor?: string
  readonly until?: string
  readonly as?: string
  readonly reason?: string
}

/** Makes `guildhall sponsor`. */
export function sponsorCommand(shell: Shell): Command {
  return new Command('sponsor')
    .summary('let sponsors answer for guests of a VO')
    .description(
      'Lets those whom a VO names under spec.sponsors answer for guests, who are members for as long as a sponsor says.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall sponsor add astro idp/guest --sponsor idp/ada --until 2027-01-31  the last day is 30 January',
    )
    .addCommand(addCommand(shell))
    .addCommand(removeCommand(shell))
    .addCommand(transferCommand(shell))
    .addCommand(listCommand(shell))
}

function addCommand(shell: Shell): Command {
  const command = ofGuests({
    name: 'add',
    summary: 'let a sponsor answer for guests, or give them another date',
    description:
      'Lets a sponsor answer for guests of a VO, until the day that its rules give. Once more, it extends by the rules or sets another day.',
    examples: [
      ['guildhall sponsor add astro idp/guest --sponsor idp/ada', 'until the day that spec.expiration gives'],
      [
        'guildhall sponsor add astro idp/guest --as idp/ada --until 2027-01-31',
        'a guest of her own; over from that day on',
      ],
      ['guildhall sponsor add astro --sponsor idp/ada < guests.ndjson', 'many at once'],
    ],
  })
  return command.action(() => changeGuests(shell, command, 'add'))
}

function removeCommand(shell: Shell): Command {
  const command = ofGuests({
    name: 'remove',
    summary: 'let a sponsor withdraw: the guest stays for 30 days, or until another day',
    examples: [
      ['guildhall sponsor remove astro idp/guest --sponsor idp/ada', '30 days, in which somebody may take over'],
      ['guildhall sponsor remove astro idp/guest --sponsor idp/ada --until 2026-12-01', 'over from that day on'],
    ],
  })
  return command.action(() => changeGuests(shell, command, 'remove'))
}

function transferCommand(shell: Shell): Command {
  const command = acting({
    name: 'transfer',
    arguments: '[from] [to] [guest...]',
    summary: 'let another sponsor take over guests, with the dates that they had',
    examples: [
      ['guildhall sponsor transfer idp/ada idp/grace', 'all guests of hers, in every VO'],
      ['guildhall sponsor transfer idp/ada idp/grace idp/guest --vo astro', 'one of them'],
      ['guildhall sponsor transfer --reason "moved" < transfers.ndjson', 'guests of many sponsors at once'],
    ],
  })
    .option('--vo <name>', 'guests of this VO alone', named('a VO'))
    .addHelpText(
      'after',
      `
Without arguments it reads NDJSON from standard input and answers in the same order, with a line for each guest in each VO:
  {"sponsor":"idp/ada","to":"idp/grace","user":"idp/guest","vo":"astro"}
Without "user" a line is about all guests of the sponsor, without "vo" about every VO. ${reasonOnLine}`,
    )
  return command.action(() => transfer(shell, command))
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: 'list who answers for whom, and until when',
    examples: [['guildhall sponsor list --vo astro --sponsor idp/ada', 'her guests there']],
  })
    .option('--vo <name>', 'of one VO', named('a VO'))
    .option('--sponsor <identity>', 'of one sponsor', named('an identity'))
  return answerWith<SponsorOptions>(command, shell, async ({ options }) => {
    const { vo, sponsor } = options
    const asked = { ...(vo === undefined ? {} : { vo }), ...(sponsor === undefined ? {} : { sponsor }) }
    const sponsorships = await withState(shell, options, ({ store, pool }) => store.listSponsorships(pool, asked))
    return { json: { sponsorships }, text: renderSponsorships(sponsorships) }
  })
}

type Description = Pick<CommandDescription, 'name' | 'arguments' | 'summary' | 'description' | 'examples'>

function acting(description: Description): Command {
  return describeCommand({ ...description, exitCodes: { 1: 'error, or somebody was refused', ...heldExitCode } })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
}

function ofGuests(description: Omit<Description, 'arguments'>): Command {
  return acting({ ...description, arguments: '<vo> [identity...]' })
    .option('--sponsor <identity>', 'who answers for them (default: who acts, by --as)', named('an identity'))
    .option('--until <day>', 'the first day on which it is over', dayOption)
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, a guest a line, and answers with a line each in the same order:
  {"user":"idp/guest","sponsor":"idp/ada","until":"2027-01-31"}
${reasonOnLine}`,
    )
}

async function changeGuests(shell: Shell, command: Command, act: SponsorAct): Promise<void> {
  const { readSponsorings, sponsoringsOf } = await import('../acts/read-sponsorings.ts')
  const options = command.opts<SponsorOptions>()
  const { as, sponsor = as, until } = options
  if (sponsor !== undefined) requireIdentity(sponsor)
  const [vo = '', ...users] = command.args
  const isStream = users.length === 0
  const given = { sponsor, until }
  const requests = isStream ? await readSponsorings(shell.input(), given) : sponsoringsOf(users, given)
  const { reason = '' } = options
  const input = { act, vo, requests, reason, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.changeSponsors(tx, input), store.asAct),
  )
  print(shell, { act, answers: answers.map((answer) => ({ vo, ...answer })), isStream, options })
}

async function transfer(shell: Shell, command: Command): Promise<void> {
  const { readTransfers, transfersOf } = await import('../acts/read-transfers.ts')
  const options = command.opts<SponsorOptions>()
  const { as, vo, reason = '' } = options
  const isStream = command.args.length === 0
  const requests = isStream ? await readTransfers(shell.input(), vo) : transfersOf(command.args, vo)
  const input = { requests, reason, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.transferGuests(tx, input), store.asAct),
  )
  // Each line is answered, also where a sponsor has no guest.
  const said = isStream ? answers : answers.filter((answer) => answer.user !== null || 'refused' in answer)
  print(shell, { act: 'transfer', answers: said, isStream, options })
}

interface Said {
  readonly act: SponsorAct
  readonly answers: readonly TransferAnswer[]
  readonly isStream: boolean
  readonly options: SponsorOptions
}

function print(shell: Shell, { act, answers, isStream, options }: Said): void {
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'sponsorships', text: () => `${sponsorshipsText(answers)}\n` },
    refusal: (answer) => refusal(act, answer),
    held: (answer) => ('held' in answer ? answer.held : undefined),
    json: ({ vo, user, ...answer }, refused) => {
      if (refused !== undefined) return { vo, user, sponsor: answer.sponsor, ...refusalJson(refused) }
      return user === null ? { vo, user, sponsor: answer.sponsor, ...noGuest } : { vo, user, ...answer }
    },
  })
}

const noGuest = { sponsored: false, until: null, status: null, expires: null } as const

const wishes: Readonly<Record<SponsorAct, (sponsor: string, guest: string) => string>> = {
  add: (sponsor, guest) => `let "${sponsor}" sponsor ${guest}`,
  remove: (sponsor, guest) => `let "${sponsor}" withdraw from ${guest}`,
  transfer: (sponsor, guest) => `take ${guest} over from "${sponsor}"`,
}

function refusal(act: SponsorAct, answer: TransferAnswer): GuildhallError | undefined {
  if (!('refused' in answer)) return undefined
  const { vo, user, sponsor, refused } = answer
  const wish = wishes[act](sponsor, user === null ? 'guests' : `"${user}"`)
  const { reason } = refused
  const code = reason === 'vo-unknown' ? 'OBJECT_UNKNOWN' : 'MEMBERSHIP_REFUSED'
  return new GuildhallError(code, `Cannot ${wish}${vo === null ? '' : ` in "${vo}"`}: ${refused.message}`, {
    facts: { ...(user === null ? {} : { user }), sponsor, reason },
  })
}

function renderSponsorships(sponsorships: readonly ListedSponsorship[]): string {
  if (sponsorships.length === 0) return 'Nobody is sponsored.'
  const rows = sponsorships.map(({ vo, user, sponsor, status, until, leaving }) => [
    ...[vo, user, sponsor ?? 'nobody any more', until === null ? 'no end' : lastDayBefore(until)],
    status === 'EXPIRED' ? 'over' : (leaving ?? ''),
  ])
  return renderTable(['VO', 'GUEST', 'SPONSOR', 'LAST DAY', 'SPONSOR IS LEAVING'], rows)
}
