import { InvalidArgumentError, type Command } from 'commander'
import { parseResource } from '../../core/config/references.ts'
import { GuildhallError } from '../../core/errors.ts'
import { isDay } from '../../core/lifecycle/calendar.ts'
import type { Reviewer, ReviewerRole, Unanswered } from '../../core/reviews/decision.ts'
import { isIdentity } from '../../schemas/validate.ts'
import { lengthMs } from '../../core/reviews/schedule.ts'
import type { ReviewPlace, StartInput } from '../../store/index.ts'
import { actingAs } from '../../api/acts/acting-as.ts'
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
    const { as, reason = '', due, remind, unanswered } = options
    const reviewers = (options.reviewer ?? ['managers']).map(readReviewer)
    const input: StartInput = {
      ...{
        place: readPlace(place, options.resource === true),
        reviewers,
        due,
        remindBefore: remind,
        unanswered,
        reason,
      },
      ...{ now: shell.now(), ...actingAs(shell, as) },
    }
    const started = await withState(shell, options, ({ store, pool }) =>
      store.inTransaction(pool, (tx) => store.startReview(tx, input)),
    )
    const { review, people, rows, reviewers: asked, dueAt } = started
    const text = `Review ${review} of ${place} begins: ${people} to review by ${rows} rows, ${asked} to review them, until ${moment(dueAt.toISOString())}.`
    return { json: started, text }
  })
}

function readPlace(text: string, isResource: boolean): ReviewPlace {
  if (!text.includes('/') && !isResource) return { kind: 'vo', vo: text }
  const named = parseResource(text)
  if (named === undefined)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot review "${text}": expected a VO such as "astro", a group such as "astro/telescope", or a resource with \`--resource\``,
      { facts: { place: text } },
    )
  const { vo, name } = named
  return isResource ? { kind: 'resource', vo, resource: name } : { kind: 'group', vo, group: name }
}

const roles: readonly ReviewerRole[] = ['managers', 'membershipManagers', 'sponsors']

function readReviewer(text: string): Reviewer {
  const role = roles.find((one) => one === text)
  if (role !== undefined) return { role }
  if (text.startsWith('group:') && text.length > 'group:'.length) return { group: text.slice('group:'.length) }
  if (isIdentity(text)) return { user: text }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot ask "${text}" to review: expected ${roles.join(', ')}, an identity such as "idp/ada", or a group such as "group:board"`,
    { facts: { reviewer: text } },
  )
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
