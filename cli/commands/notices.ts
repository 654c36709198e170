import { Command } from 'commander'
import { actingAs, asOption } from '../acts/acting-as.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { answerWith, describeCommand, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'

interface DeclineOptions extends CommonOptions {
  readonly as?: string
}

/** Makes `guildhall notices`. */
export function noticesCommand(shell: Shell): Command {
  return new Command('notices')
    .summary('decline notices of the end of a membership')
    .description('Declines notices of the end of a membership that is not to be renewed.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall notices decline astro idp/ada  she lets it end and wants no more mail',
    )
    .addCommand(declineCommand(shell))
}

function declineCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'decline',
    arguments: '<vo[/group]> <identity>',
    summary: 'do not renew: no more notices of this end; another date brings them back',
    examples: [
      ['guildhall notices decline astro idp/ada --as idp/ada', 'her own choice'],
      ['guildhall notices decline astro/telescope idp/ada', 'of a group, whose end is another one'],
    ],
  }).addOption(asOption())
  return answerWith<DeclineOptions>(command, shell, async ({ arguments: [place = '', user = ''], options }) => {
    requireIdentity(user)
    const { vo, group } = place.includes('/') ? splitGroup(place) : { vo: place }
    const input = { vo, group, user, now: shell.now(), ...actingAs(shell, options.as) }
    const { date } = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.declineNotices(tx, input), store.asAct),
    )
    return {
      json: { user, vo, ...(group === undefined ? {} : { group }), declined: true, date },
      text: `No more notices to "${user}" that the membership of ${group === undefined ? 'VO' : 'group'} "${place}" ends on ${date}.`,
    }
  })
}
