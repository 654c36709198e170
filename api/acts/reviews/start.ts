import { parseResource } from '../../../core/config/references.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { isDay } from '../../../core/lifecycle/calendar.ts'
import type { Reviewer, ReviewerRole, Unanswered } from '../../../core/reviews/decision.ts'
import { lengthMs } from '../../../core/reviews/schedule.ts'
import { isIdentity } from '../../../schemas/validate.ts'
import type { ReviewPlace, StartedReview } from '../../../store/index.ts'
import type { Act } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, input, name, reason } from '../input.ts'

/** A review that somebody wants. */
export interface StartReviewInput {
  /** A VO, a group of one, or with `resource` a resource. */
  readonly place: string
  readonly resource?: boolean
  readonly reviewers?: readonly string[]
  readonly due?: string
  readonly remindBefore?: readonly string[]
  readonly unanswered?: Unanswered
  readonly as?: string
  readonly reason?: string
}

const lengths = { type: 'array', maxItems: 20, items: name, examples: [['P7D', 'P1D']] } as const

export const startReview: Act<StartReviewInput, StartedReview> = {
  ...{ command: 'review start', method: 'POST', path: '/reviews/start', id: 'startReview' },
  summary: 'Asks reviewers whether people still need what they have',
  input: input(
    {
      place: { ...name, description: 'A VO, a group, or with `resource` a resource.', examples: ['astro/telescope'] },
      resource: { type: 'boolean' },
      reviewers: {
        ...{ type: 'array', minItems: 1, maxItems: 100, items: name, examples: [['managers', 'group:board']] },
        description: '`managers`, the usual, `membershipManagers`, `sponsors`, identities, or groups as `group:NAME`.',
      },
      due: { ...name, description: 'The day on which it is over, or a length of time from now.', examples: ['P30D'] },
      remindBefore: { ...lengths, description: 'How long before the end reviewers are reminded.' },
      unanswered: { enum: ['keep', 'remove'], description: 'What becomes of those about whom nobody decided.' },
      ...{ as, reason },
    },
    ['place'],
  ),
  answer: 'StartedReview',
  run: async (context, { place, resource = false, reviewers = ['managers'], reason: why = '', ...asked }) => {
    const { due = 'P30D', remindBefore = ['P7D', 'P1D'], unanswered = 'keep' } = asked
    for (const one of [...(isDay(due) ? [] : [due]), ...remindBefore]) requireLength(one)
    const wanted = { place: readPlace(place, resource), reviewers: reviewers.map(readReviewer), due, remindBefore }
    const acting = { unanswered, reason: why, now: context.now(), ...actingAs(context, asked.as) }
    return context.store.inTransaction(context.pool, (tx) => context.store.startReview(tx, { ...wanted, ...acting }))
  },
}

function invalid(what: string, text: string, expected: string): GuildhallError {
  return new GuildhallError('REQUEST_INVALID', `Cannot ${what} "${text}": expected ${expected}`, { facts: { text } })
}

function requireLength(text: string): void {
  if (lengthMs(text) === undefined)
    throw invalid('take the time', text, 'a day such as 2027-03-01, or a length of time such as P30D')
}

function readPlace(text: string, isResource: boolean): ReviewPlace {
  if (!text.includes('/') && !isResource) return { kind: 'vo', vo: text }
  const found = parseResource(text)
  if (found === undefined)
    throw invalid('review', text, 'a VO such as "astro", a group such as "astro/telescope", or a resource as such')
  const { vo, name: named } = found
  return isResource ? { kind: 'resource', vo, resource: named } : { kind: 'group', vo, group: named }
}

const roles: readonly ReviewerRole[] = ['managers', 'membershipManagers', 'sponsors']

function readReviewer(text: string): Reviewer {
  const role = roles.find((one) => one === text)
  if (role !== undefined) return { role }
  if (text.startsWith('group:') && text.length > 'group:'.length) return { group: text.slice('group:'.length) }
  if (isIdentity(text)) return { user: text }
  throw invalid('ask', text, `${roles.join(', ')}, an identity such as "idp/ada", or a group such as "group:board"`)
}
