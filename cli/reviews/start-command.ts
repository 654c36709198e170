import { InvalidArgumentError, type Command } from 'commander'
import { startReview } from '../../api/acts/reviews/start.ts'
import { isDay } from '../../core/lifecycle/calendar.ts'
import type { Unanswered } from '../../core/reviews/decision.ts'
import { lengthMs } from '../../core/reviews/schedule.ts'
import { actContext } from '../acts/act-context.ts'
import { asOption } from '../acts/acting-as.ts'
import { collect } from '../applications/read-answers.ts'
import { answerWith, describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { moment } from '../text/words.ts'

interface StartOptions extends CommonOptions {
  readonly as?: string
  readonly reason?: string
  readonly reviewer?: readonly string[]
  readonly resource?: boolean
  readonly due: string
  readonly remind: readonly string[]
  readonly unanswered: Unanswered
}

/** Makes `guildhall review start`. */
export function startCommand(shell: Shell): Command {
  const command = describeCommand({
    ...{ name: 'start', arguments: '<place>', summary: 'ask reviewers whether people still need what they have' },
    description:
      'Begins a review of the members of a VO (astro), of a group with its subgroups (astro/telescope), or of all who reach a resource (--resource astro/cluster).',
    examples: [
      ['guildhall review start astro --due 2027-03-01', 'the managers review every member'],
      [
        'guildhall review start astro/telescope --reviewer group:board --unanswered remove',
        'whom nobody confirms goes',
      ],
      ['guildhall review start astro --reviewer sponsors --due P14D', 'each sponsor reviews their guests'],
    ],
  })
    .addOption(asOption())
    .option(
      '--reviewer <who>',
      'managers (default), membershipManagers, sponsors, an identity, or group:NAME; may be repeated',
      collect,
    )
    .option('--resource', 'the place is a resource')
    .option('--due <when>', 'the day on which it is over, or a length of time from now such as P30D', dueOption, 'P30D')
    .option('--remind <lengths>', 'how long before the end reviewers are reminded', lengthsOption, ['P7D', 'P1D'])
    .option(
      '--unanswered <outcome>',
      'what becomes of those about whom nobody decided: keep or remove',
      outcomeOption,
      'keep',
    )
    .option('--reason <text>', 'why, for the reviewers and whoever asks later', named('a reason'))
  return answerWith<StartOptions>(command, shell, async ({ arguments: [place = ''], options }) => {
    const { as, reason, due, remind, unanswered, reviewer, resource } = options
    const input = {
      ...{ place, due, remindBefore: remind, unanswered },
      ...{ ...(as !== undefined && { as }), ...(reason !== undefined && { reason }) },
      ...{ ...(reviewer !== undefined && { reviewers: reviewer }), ...(resource === true && { resource }) },
    }
    const started = await withState(shell, options, (open) => startReview.run(actContext(shell, open), input))
    const { review, people, rows, reviewers: asked, dueAt } = started
    const text = `Review ${review} of ${place} begins: ${people} to review by ${rows} rows, ${asked} to review them, until ${moment(dueAt.toISOString())}.`
    return { json: started, text }
  })
}

function dueOption(text: string): string {
  if (isDay(text) || lengthMs(text) !== undefined) return text
  throw new InvalidArgumentError('expected a day such as 2027-03-01, or a length of time such as P30D')
}

function lengthsOption(text: string): readonly string[] {
  const lengths = text.split(',').filter((one) => one !== '')
  if (lengths.every((one) => lengthMs(one) !== undefined)) return lengths
  throw new InvalidArgumentError('expected lengths of time such as P7D,P1D')
}

function outcomeOption(text: string): Unanswered {
  if (text === 'keep' || text === 'remove') return text
  throw new InvalidArgumentError('expected keep or remove')
}
