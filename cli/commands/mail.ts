import { Command, Option } from 'commander'
import type { ListedMail, MailState, Unaddressed } from '../../store/index.ts'
import { answerWith, describeCommand, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { moment } from '../text/words.ts'

const states: readonly (MailState | Unaddressed)[] = [
  ...(['queued', 'ending', 'sent', 'unknown', 'failed', 'overtaken'] as const),
  'no-address',
]
const mailsShown = 1_000

/** Makes `guildhall mail`. */
export function mailCommand(shell: Shell): Command {
  return new Command('mail')
    .summary('look after the mail to people')
    .description('Looks after the mail to people: each goes out once, or says why not.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall mail list --state unknown  what may have arrived, or not')
    .addCommand(listCommand(shell))
    .addCommand(resendCommand(shell))
}

interface ListOptions extends CommonOptions {
  readonly state?: MailState | Unaddressed
}

function listCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'list',
    summary: `list the newest ${mailsShown} mails`,
    examples: [
      ['guildhall mail list --state failed', 'refused by the mail server'],
      ['guildhall mail list --state no-address', 'never sent, as nobody knows an address of who should read it'],
    ],
  }).addOption(new Option('--state <state>', 'only those that stand there').choices(states))
  return answerWith<ListOptions>(command, shell, async ({ options }) => {
    const mails = await withState(shell, options, ({ store, pool }) =>
      store.listMails(pool, { state: options.state, atMost: mailsShown }),
    )
    return { json: { mails }, text: renderMails(mails) }
  })
}

function renderMails(mails: readonly ListedMail[]): string {
  if (mails.length === 0) return 'There is no such mail.'
  const rows = mails.map(({ key, user, recipient, subject, state, queuedAt, reply }) => [
    ...[key, recipient ?? user ?? '–', state, moment(queuedAt.toISOString()), subject, reply ?? ''],
  ])
  return renderTable(['KEY', 'TO', 'STATE', 'QUEUED', 'SUBJECT', 'REPLY'], rows)
}

function resendCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'resend',
    arguments: '<key...>',
    summary: 'send mails again that failed, or may not have arrived',
    examples: [['guildhall mail resend expiry/1/7/2027-01-01/before-P7D', 'the key is that of `mail list`']],
  })
  return answerWith<CommonOptions>(command, shell, async ({ arguments: keys, options }) => {
    await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.resendMails(tx, keys, shell.now())),
    )
    return { json: { resent: keys }, text: `${keys.length === 1 ? 'It goes' : 'They go'} out again.` }
  })
}
