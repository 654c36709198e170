import { confirmationWithin } from './verification.ts'
import type { FormSpec } from '../../schemas/generated/config.ts'

/** Moments from which the deadlines of an application count. */
export interface Course {
  /** Since when whoever has to act now has had to: since it was filed, opened, changed or sent back; undefined while nobody has to. */
  readonly since: Date | undefined
  /** Since when an address has had to be confirmed; undefined where none has. */
  readonly unverifiedSince: Date | undefined
  /** When the step that is open now began; undefined while nobody has to decide. */
  readonly stepSince: Date | undefined
  /** The step that is open, from 0 on. */
  readonly step: number
  /** When those who decide were reminded last in this step. */
  readonly remindedAt: Date | undefined
  /** When the step was opened to others too. */
  readonly escalatedAt: Date | undefined
}

/** What comes next if nobody decides. */
export interface Deadline {
  readonly kind: 'escalate' | 'reject' | 'remind'
  readonly at: Date
}

/** Tells what comes next if nobody decides, and when: of several at one moment the rejection, then the escalation; undefined for nothing. */
export function nextDeadline({ approval = {} }: Pick<FormSpec, 'approval'>, course: Course): Deadline | undefined {
  const { since, unverifiedSince, stepSince, step, remindedAt, escalatedAt } = course
  const { remindAfter, rejectAfter, steps = [] } = approval
  const escalateAfter = escalatedAt === undefined ? steps[step]?.escalateAfter : undefined
  return [
    ...deadline('reject', since, rejectAfter),
    ...deadline('reject', unverifiedSince, confirmationWithin),
    ...deadline('escalate', stepSince, escalateAfter),
    ...deadline('remind', stepSince && (remindedAt ?? stepSince), remindAfter),
  ].reduce<Deadline | undefined>((first, one) => (first === undefined || one.at < first.at ? one : first), undefined)
}

function deadline(kind: Deadline['kind'], since: Date | undefined, duration: string | undefined): Deadline[] {
  return since === undefined || duration === undefined ? [] : [{ kind, at: after(since, duration) }]
}

const form = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/** Adds an ISO 8601 duration to a moment: months by the calendar of UTC, clamped to the month's end, the rest exactly. */
export function after(moment: Date, duration: string): Date {
  const found = form.exec(duration)
  if (found === null) throw new RangeError(`"${duration}" is no duration: expected one such as "P7D"`)
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1)
    .map((part) => Number(part || 0))
  const moved = new Date(moment)
  moved.setUTCDate(1)
  moved.setUTCMonth(moved.getUTCMonth() + years * 12 + months)
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate()
  moved.setUTCDate(Math.min(moment.getUTCDate(), last))
  return new Date(moved.getTime() + (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000)
}
