import type { Command } from 'commander'
import type { ListedHold, ListedLoss } from '../../core/model/answers.ts'
import type { Word } from '../approval/approve-change.ts'
import { endHeldChange } from '../approval/end-change.ts'
import { answerWith, describeCommand, named, type CommandDescription } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState, type OpenState } from '../system/state.ts'
import { renderHolds } from '../text/holds.ts'

export function holdsCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'holds',
    summary: 'list what the guard holds back, and how to let it through',
    description:
      'Lists what the guard holds back, and how to let it through. What somebody entered themselves can also be taken back by them, or rejected by whoever may approve it; what a commit asks for ends when the commit is reverted.',
    examples: [
      ['guildhall holds', 'each held scope with its reasons and digest'],
      ['guildhall holds --json', 'for a program'],
      ['guildhall holds reject 9b2e…f1 --reason "they stay"', 'nothing of it is done'],
    ],
  })
    .helpCommand(false)
    .addCommand(withdrawCommand(shell))
    .addCommand(rejectCommand(shell))
  return answerWith<object>(command, shell, async ({ options }) => {
    const holds = await withState(shell, options, (state) => readHolds(shell, state))
    const text = holds.length === 0 ? 'The guard holds nothing back.' : renderHolds(holds)
    return { json: { holds }, text }
  })
}

function withdrawCommand(shell: Shell): Command {
  return endCommand(shell, 'withdrawn', {
    name: 'withdraw',
    summary: 'take back what you entered yourself and the guard holds',
    as: 'in whose name; must be whoever entered it',
    examples: [
      ['guildhall holds withdraw 9b2e…f1 --reason "wrong people"', 'recorded as local/<your system user>'],
      [
        'guildhall holds withdraw 9b2e…f1 --as idp/ada --reason "…"',
        'ada must have entered it, by any identity of hers',
      ],
    ],
  })
}

function rejectCommand(shell: Shell): Command {
  return endCommand(shell, 'rejected', {
    name: 'reject',
    summary: 'end what somebody entered and the guard holds',
    as: 'in whose name; must be allowed to approve it',
    examples: [
      ['guildhall holds reject 9b2e…f1 --reason "they stay"', 'recorded as local/<your system user>'],
      [
        'guildhall holds reject 9b2e…f1 --as idp/ada --reason "…"',
        'ada must be an admin, or manage the VO or facility',
      ],
    ],
  })
}

interface EndDescription extends Pick<CommandDescription, 'examples' | 'name' | 'summary'> {
  /** What `--as` says. */
  readonly as: string
}

function endCommand(shell: Shell, ending: 'rejected' | 'withdrawn', { as, ...description }: EndDescription): Command {
  const command = describeCommand({ ...description, arguments: '<digest>' })
    .requiredOption('--reason <text>', 'why, kept in the audit log (required)', named('a reason'))
    .option('--as <identity>', as, named('an identity'))
  return answerWith<Word>(command, shell, async ({ arguments: [digest = ''], options }) =>
    withState(shell, options, (state) => endHeldChange(shell, state, { ending, digest, word: options })),
  )
}

/** The holds; of changes that are held by themselves with who would lose what. */
async function readHolds(
  shell: Shell,
  { store, pool }: OpenState,
): Promise<(ListedHold & { readonly losses?: ListedLoss[] })[]> {
  const { holds } = await store.readStatus(pool, shell.now())
  return Promise.all(
    holds.map(async (hold) =>
      hold.change === undefined ? hold : { ...hold, losses: await store.listHeldLosses(pool, hold.digest) },
    ),
  )
}
