import type { Command } from 'commander'
import type { ActContext } from '../../api/acts/act.ts'
import { delegateApplication } from '../../api/acts/delegations.ts'
import { GuildhallError } from '../../core/errors.ts'
import { asOption } from '../acts/acting-as.ts'
import { dayOption } from '../acts/day-option.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import { addDelegations } from '../delegations/add-delegations.ts'
import type { Shell } from '../shell.ts'
import { readId } from './read-id.ts'

interface DelegateOptions extends CommonOptions {
  readonly as?: string
  readonly for?: string
  readonly until?: string
  readonly reason?: string
}

/** Makes `guildhall application delegate`. */
export function delegateCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'delegate',
    arguments: '<id> <identity>',
    summary: 'let somebody else decide about one application for you',
    examples: [
      ['guildhall application delegate 12 idp/grace --as idp/ada', 'ends with the application'],
      ['guildhall application delegate 12 idp/grace --as idp/ada --until 2027-01-31', 'or sooner'],
    ],
    exitCodes: { 1: 'error, or refused' },
  })
    .option('--for <identity>', 'for whom, where an admin does it', named('an identity'))
    .option('--until <day>', 'the first day without it', dayOption)
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
    .addOption(asOption())
  return command.action(async () => {
    const options = command.opts<DelegateOptions>()
    const { as, for: delegator = as, until, reason = '' } = options
    const [id = '', delegate = ''] = command.args
    if (delegator === undefined)
      throw new GuildhallError(
        'COMMAND_MISUSED',
        'Cannot tell for whom to delegate: say who acts with `--as IDENTITY`, or for whom with `--for IDENTITY`',
      )
    for (const identity of [delegator, delegate, ...(as === undefined ? [] : [as])]) requireIdentity(identity)
    const people = { delegator, delegate, application: readId(id) }
    const input = { ...people, reason, ...(until !== undefined && { until }), ...(as !== undefined && { as }) }
    const asked = { ...people, vo: null, make: async (context: ActContext) => delegateApplication.run(context, input) }
    await addDelegations(shell, options, { asked: [asked], isStream: false })
  })
}
