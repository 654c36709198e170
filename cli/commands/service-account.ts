import { Command, InvalidArgumentError } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { AccountAct, AccountAnswer, AccountOn, ActForAnswer } from '../../store/index.ts'
import { accountAnswersText, accountsText, actsForText, toldText } from '../acts/accounts-text.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
import { asOption } from '../acts/acting-as.ts'
import { printAnswers, refusalJson } from '../acts/print-answers.ts'
import { isActWord } from '../acts/read-accounts.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { answerWith, describeCommand, named, type CommandDescription, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

interface AccountOptions extends CommonOptions {
  readonly owner?: readonly string[]
  readonly purpose?: string
  readonly mayAct?: readonly string[]
  readonly what?: string
  readonly as?: string
  readonly reason?: string
}

/** Makes `guildhall service-account`. */
export function serviceAccountCommand(shell: Shell): Command {
  return new Command('service-account')
    .summary('look after accounts that are no person, and who answers for them')
    .description('Looks after accounts that are no person: who answers for them, what for, and who acted for them.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall service-account list  each with its owners and its purpose\n  guildhall service-account act idp/backup --as idp/ada --what password  may she? noted for evidence',
    )
    .addCommand(createCommand(shell))
    .addCommand(ownerCommand(shell))
    .addCommand(actCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
}

function createCommand(shell: Shell): Command {
  const command = changing({
    name: 'create',
    arguments: '[identity...]',
    summary: 'make service accounts, for which people answer',
    examples: [
      [
        'guildhall service-account create idp/backup --owner idp/ada --purpose "Nightly backups" --may-act password,email',
        'ada may change its password and address',
      ],
      ['guildhall service-account create --owner idp/ada < accounts.ndjson', 'many at once'],
    ],
  })
    .option('--owner <identity>', 'a person who answers for it; may be given again', ownerOption)
    .option('--purpose <text>', 'what it is for', named('a purpose'))
    .option('--may-act <words>', 'what its owners may do for it, such as password,email', wordsOption)
    .addHelpText(
      'after',
      `
Without identities it reads NDJSON from standard input, one a line, and answers with a line each in the same order:
  {"account":"idp/backup","owners":["idp/ada"],"purpose":"Nightly backups","mayAct":["password"]}`,
    )
  return command.action(async () => {
    const { accountsOf, readAccounts } = await import('../acts/read-accounts.ts')
    const { owner: owners = [], purpose, mayAct = [], ...options } = command.opts<AccountOptions>()
    const isStream = command.args.length === 0
    const given = { owners, purpose, mayAct }
    for (const owner of owners) requireIdentity(owner)
    const requests = isStream ? await readAccounts(shell.input(), given) : accountsOf(command.args, given)
    await change(shell, { act: 'create', requests, isStream, options })
  })
}

function ownerCommand(shell: Shell): Command {
  const add = changingOwners({
    name: 'add',
    summary: 'let more people answer for service accounts',
    examples: [
      ['guildhall service-account owner add idp/backup idp/grace', 'beside those there are'],
      ['guildhall service-account owner add --as idp/ada < owners.ndjson', 'for many at once'],
    ],
  })
  const remove = changingOwners({
    name: 'remove',
    summary: 'let people answer for service accounts no more; somebody has to stay',
    examples: [
      ['guildhall service-account owner remove idp/backup idp/ada', 'she answers for it no more'],
      ['guildhall service-account owner remove --reason "left" < owners.ndjson', 'for many at once'],
    ],
  })
  return new Command('owner')
    .summary('change who answers for service accounts')
    .description('Changes who answers for service accounts.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall service-account owner add idp/backup idp/grace  one more')
    .addCommand(add.action(() => changeOwners(shell, add, 'add-owner')))
    .addCommand(remove.action(() => changeOwners(shell, remove, 'remove-owner')))
}

function changingOwners(description: Omit<Description, 'arguments'>): Command {
  return changing({ ...description, arguments: '[account] [owner...]' }).addHelpText(
    'after',
    `
Without arguments it reads NDJSON from standard input, an account a line, and answers with a line each in the same order:
  {"account":"idp/backup","owners":["idp/grace"]}`,
  )
}

async function changeOwners(shell: Shell, command: Command, act: AccountAct): Promise<void> {
  const { ownersOf, readOwners } = await import('../acts/read-accounts.ts')
  const isStream = command.args.length === 0
  const requests = isStream ? await readOwners(shell.input()) : [ownersOf(command.args)]
  await change(shell, { act, requests, isStream, options: command.opts<AccountOptions>() })
}

function actCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'act',
    arguments: '[account...]',
    summary: 'tell whether a person may do something for a service account, and note it',
    description:
      'Tells whether a person may do something for a service account, and keeps for evidence who asked, when and why.',
    examples: [
      ['guildhall service-account act idp/backup --as idp/ada --what password --reason "lost"', 'allowed, or refused'],
      ['guildhall service-account act --as idp/ada < acts.ndjson', '{"account":"idp/backup","what":"email"} a line'],
    ],
    exitCodes: { 1: 'error, or something was refused' },
  })
    .requiredOption('--as <identity>', 'who acts: one of its owners (required)', named('an identity'))
    .option('--what <word>', 'what is to be done, such as password or email', wordOption)
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
  return command.action(async () => {
    const { readActs, requireWhat } = await import('../acts/read-accounts.ts')
    const { as: owner = '', what, reason = '', ...options } = command.opts<AccountOptions>()
    const isStream = command.args.length === 0
    for (const identity of [owner, ...command.args]) requireIdentity(identity, 'act on')
    const requests = isStream
      ? await readActs(shell.input(), what)
      : command.args.map((account) => ({ account, what: requireWhat(what) }))
    const input = { owner, requests, reason, ...actingAs(shell, owner), now: shell.now() }
    const answers = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.actForAccounts(tx, input), store.asAct),
    )
    printAnswers(shell, options, {
      ...{ answers, isStream, key: 'acts', text: () => toldText(answers) },
      refusal: refusalOfAct,
      json: ({ account, what, owner: by }, refused) => ({
        ...{ account, what, owner: by, allowed: refused === undefined },
        ...(refused === undefined ? {} : refusalJson(refused)),
      }),
    })
  })
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: 'list service accounts, who answers for them and what for',
    examples: [['guildhall service-account list --owner idp/ada', 'those of hers']],
  }).option('--owner <identity>', 'those of one owner', named('an identity'))
  return answerWith<CommonOptions & { readonly owner?: string }>(command, shell, async ({ options }) => {
    const asked = options.owner === undefined ? {} : { owner: options.owner }
    const accounts = await withState(shell, options, ({ store, pool }) => store.listAccounts(pool, asked))
    return { json: { accounts }, text: accountsText(accounts) }
  })
}

function showCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'show',
    arguments: '<account>',
    summary: 'show a service account, and who acted for it lately',
    examples: [['guildhall service-account show idp/backup --json', 'for a program']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: [account = ''], options }) => {
    requireIdentity(account)
    const found = await withState(shell, options, ({ store, pool }) => store.showAccount(pool, account))
    const text = `${accountsText([found.account])}\n\n${actsForText(found.acts)}`
    return { json: { ...found.account, acts: found.acts }, text }
  })
}

type Description = Pick<CommandDescription, 'name' | 'arguments' | 'summary' | 'examples'>

function changing(description: Description): Command {
  return describeCommand({ ...description, exitCodes: { 1: 'error, or something was refused' } })
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
}

function ownerOption(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, named('an identity')(text)]
}

function wordOption(text: string): string {
  if (isActWord(text)) return text
  throw new InvalidArgumentError('expected a word such as password')
}

function wordsOption(text: string): readonly string[] {
  return [...new Set(text.split(','))].map(wordOption)
}

interface Change {
  readonly act: AccountAct
  readonly requests: readonly AccountOn[]
  readonly isStream: boolean
  readonly options: AccountOptions
}

async function change(shell: Shell, { act, requests, isStream, options }: Change): Promise<void> {
  const { as, reason = '' } = options
  const input = { act, requests, reason, now: shell.now(), ...actingAs(shell, as) }
  const answers = await withState(shell, options, ({ store, pool }) =>
    store.inTransaction(pool, (tx) => store.changeAccounts(tx, input), store.asAct),
  )
  printAnswers(shell, options, {
    ...{ answers, isStream, key: 'accounts', text: () => `${accountAnswersText(answers)}\n` },
    refusal: (answer) => refusalOfChange(act, answer),
    json: (answer, refused) => (refused === undefined ? answer : { account: answer.account, ...refusalJson(refused) }),
  })
}

const wishes: Readonly<Record<AccountAct, string>> = {
  ...{ create: 'make service account', 'add-owner': 'add owners of', 'remove-owner': 'remove owners of' },
}

function refusalOfChange(act: AccountAct, answer: AccountAnswer): GuildhallError | undefined {
  if (!('refused' in answer)) return undefined
  const { account, refused } = answer
  return new GuildhallError('ACCOUNT_REFUSED', `Cannot ${wishes[act]} "${account}": ${refused.message}`, {
    facts: { account, reason: refused.reason },
  })
}

function refusalOfAct({ account, what, owner, refused }: ActForAnswer): GuildhallError | undefined {
  if (refused === undefined) return undefined
  const message = `Cannot do "${what}" for "${account}" as "${owner}": ${refused.message}`
  return new GuildhallError('ACCOUNT_REFUSED', message, { facts: { account, owner, what, reason: refused.reason } })
}
