import { Command } from 'commander'
import { lastDayBefore } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
import type { AcceptanceOf, AcceptAnswer, OwedAcceptance, TermsInForce } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { reasonOnLine } from '../lines/read-reasoned.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

interface AcceptOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly version?: string
}

/** Makes `guildhall terms`. */
export function termsCommand(shell: Shell): Command {
  return new Command('terms')
    .summary('accept the terms of a VO, and see who has not')
    .description('Records who accepts the terms of a VO, shows their text, and lists who has not accepted them.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall terms accept astro idp/ada --as idp/ada  she is VALID at once')
    .addCommand(acceptCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
}

function acceptCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'accept', arguments: '<vo> [identity...]', summary: 'accept the terms of a VO' },
    description:
      'Records that members accept the terms of a VO that are in force. With --as nobody accepts for anybody else; without it the acceptance is one that they gave in writing.',
    examples: [
      ['guildhall terms accept astro idp/ada --as idp/ada', 'her own acceptance'],
      ['guildhall terms accept astro idp/linus --reason "signed on paper, file 12"', 'recorded by the operator'],
      ['guildhall terms accept astro --version 2026-01 < signed.ndjson', 'many at once'],
    ],
    exitCodes: { 1: 'error, or somebody was refused' },
  })
    .addOption(asOption())
    .option('--version <version>', 'what they accepted (default: what is in force)', named('a version'))
    .option('--reason <text>', 'where it is written down, for whoever asks later', named('a reason'))
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, a person a line, and answers with a line each in the same order:
  {"user":"idp/ada","version":"2026-01"}
${reasonOnLine}`,
    )
  return command.action(() => accept(shell, command))
}

async function accept(shell: Shell, command: Command): Promise<void> {
  const [vo = '', ...users] = command.args
  const options = command.opts<AcceptOptions>()
  const { as, reason = '', version } = options
  const isStream = users.length === 0
  const requests = isStream ? await linesOf(shell, version) : requestsOf(users, version)
  const input = { vo, requests, reason, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.acceptTerms(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'acceptances', text: () => textOf(answers) },
    refusal: (answer) => ('refused' in answer ? refusal(answer, vo) : undefined),
    json: (answer, refused) => (refused === undefined ? answer : { user: answer.user, ...refusalJson(refused) }),
  })
}

async function linesOf(shell: Shell, version: string | undefined): Promise<AcceptanceOf[]> {
  const { readAcceptances } = await import('../acts/read-acceptances.ts')
  return readAcceptances(shell.input(), version)
}

function requestsOf(users: readonly string[], version: string | undefined): AcceptanceOf[] {
  for (const user of users) requireIdentity(user, 'act on')
  return users.map((user) => ({ user, version }))
}

type Refused = Extract<AcceptAnswer, { readonly refused: object }>

function refusal({ user, refused: { reason, message } }: Refused, vo: string): GuildhallError {
  return new GuildhallError('TERMS_REFUSED', `Cannot accept the terms of VO "${vo}" for "${user}": ${message}`, {
    facts: { user, reason },
  })
}

function textOf(answers: readonly AcceptAnswer[]): string {
  const rows = answers.map((answer) => {
    if ('refused' in answer)
      return [...[answer.user, 'refused', ''], ...['', `${answer.refused.reason}: ${answer.refused.message}`]]
    const { user, version, accepted, until, status } = answer
    return [user, version, moment(accepted.toISOString()), until === null ? '–' : lastDayBefore(until), status]
  })
  return `${renderTable(['USER', 'VERSION', 'ACCEPTED', 'LAST DAY', 'STATUS'], rows)}\n`
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'list', arguments: '<vo>', summary: 'list the members who have to accept the terms of a VO' },
    examples: [['guildhall terms list astro', 'until when each of them has time']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [vo = ''], options }) => {
    const { terms, owed } = await withState(shell, options, async ({ store, pool }) => ({
      terms: await store.readTerms(pool, vo),
      owed: await store.listOwedAcceptances(pool, vo, shell.now()),
    }))
    return { json: { version: terms?.version ?? null, members: owed }, text: listOf(vo, terms, owed) }
  })
}

function listOf(vo: string, terms: TermsInForce | undefined, owed: readonly OwedAcceptance[]): string {
  if (terms === undefined) return `VO "${vo}" has no terms.`
  if (owed.length === 0) return `Every member of VO "${vo}" has accepted version "${terms.version}" of its terms.`
  const rows = owed.map(({ user, status, by, accepted }) => {
    const last = accepted === null ? '–' : `${accepted.version}, ${moment(accepted.at.toISOString())}`
    return [user, status, lastDayBefore(by), last]
  })
  return renderTable(['USER', 'STATUS', `LAST DAY TO ACCEPT "${terms.version}"`, 'ACCEPTED LAST'], rows)
}

function showCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'show', arguments: '<vo>', summary: 'show the terms of a VO that are in force' },
    examples: [['guildhall terms show astro', 'the text with its version']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [vo = ''], options }) => {
    const terms = await withState(shell, options, ({ store, pool }) => store.readTerms(pool, vo))
    return { json: { terms: terms ?? null }, text: showing(vo, terms) }
  })
}

function showing(vo: string, terms: TermsInForce | undefined): string {
  if (terms === undefined) return `VO "${vo}" has no terms.`
  const { version, since, sha256, text, next } = terms
  const inForce = `Version ${version}, in force since ${moment(since.toISOString())}, SHA-256 ${sha256}\n\n${text}`
  if (next === undefined) return inForce
  const hint = `accept it already with \`guildhall terms accept ${vo} IDENTITY --version ${next.version}\``
  return `${inForce}\n\nVersion ${next.version}, announced, SHA-256 ${next.sha256}; ${hint}\n\n${next.text}`
}
