import type { Command } from 'commander'
import { causeOf } from '../../api/acts/acting-as.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

interface ApproveOptions extends CommonOptions {
  readonly reason: string
}

/** Makes `guildhall deliveries approve`. */
export function approveCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'approve',
    summary: 'let files through that lose more than any change of access explains',
    description:
      "Lets files through that the guard of deliveries holds: they lose more lines than the service's limit, and more than fewer people with access explain. It is for these very files; what is made later is judged against them.",
    examples: [
      ['guildhall deliveries --state held', 'what waits, and its hash'],
      [
        'guildhall deliveries approve 9b2e01c4 --reason "the column is gone on purpose"',
        'at least eight letters of it',
      ],
    ],
  })
    .argument('<hash>', 'of the files, or how it begins')
    .requiredOption('--reason <text>', 'why, for whoever asks later (required)', named('a reason'))
  return answerWith<ApproveOptions>(command, shell, async ({ arguments: [hash = ''], options }) => {
    const approval = { hash, reason: options.reason, cause: causeOf(shell, undefined), now: shell.now() }
    const approved = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.approveSnapshot(tx, approval)),
    )
    const { facility, service, lost, base } = approved
    return {
      json: { approved },
      text: `Files of service "${service}" for facility "${facility}" go out, with ${lost} of ${base} lines less than explained`,
    }
  })
}
