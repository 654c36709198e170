import { refused, refusedAsOver, refusedAsSponsored, whyNotExtended } from '../lifecycle/acts/refuse.ts'
import { isKept, type ActedSet, type ActVerdict, type Standing } from '../lifecycle/acts/standing.ts'
import type { MemberStatus } from '../model/state.ts'
import type { Day } from '../lifecycle/calendar.ts'
import { dateAfterLifting } from '../lifecycle/date-after-lifting.ts'
import { extend } from '../lifecycle/extension.ts'
import type { ApplicationKind } from './application.ts'

/** What an approved application would do. */
export interface ProvisionQuestion {
  readonly kind: ApplicationKind
  readonly set: ActedSet
  readonly standing: Standing
  /** In the VO's time zone. */
  readonly today: Day
}

/**
 * Decides what an application comes to once it is approved, the same at filing and at approval (design section 4): who is no
 * member or not in the group joins, the others are extended by a row of origin application. Who is EXPIRED or DISABLED is lifted.
 */
export function decideProvision(question: ProvisionQuestion): ActVerdict {
  const { set, standing } = question
  const obstacle = closedTo(set)
  if (obstacle !== undefined) return obstacle
  const status = statusOf(set, standing)
  return status === undefined ? joining(question) : extending(question, status)
}

/** Tells why nobody joins a VO or group at all: it is over, or has only those whom git names; undefined where people may. */
export function closedTo({ name, over, exclusiveAt }: ActedSet): ActVerdict | undefined {
  if (over !== undefined) return refusedAsOver(over)
  if (exclusiveAt === undefined) return undefined
  const place = `${exclusiveAt.file}:${exclusiveAt.line}`
  return refused('exclusive', `${name} has only those whom ${place} names; add them there`)
}

function statusOf({ kind }: ActedSet, { member, rows }: Standing): Standing['member'] {
  if (kind === 'vo') return member
  if (rows.length === 0) return undefined
  return rows.some(({ status }) => status === 'VALID') ? 'VALID' : 'EXPIRED'
}

function joining({ set, standing, today }: ProvisionQuestion): ActVerdict {
  const { loa, serviceAccount } = standing
  const newcomer = { status: undefined, current: undefined, action: 'join' } as const
  const { expires = null } = extend({ ...newcomer, rules: set.rules, loa, today, serviceAccount })
  return { allowed: true, write: { origin: 'application', expires } }
}

function extending({ kind, set, standing, today }: ProvisionQuestion, status: MemberStatus): ActVerdict {
  const isOver = status === 'EXPIRED' || status === 'DISABLED'
  const isHeld = kind === 'initial' && isOver ? undefined : heldByOthers(standing)
  if (isHeld !== undefined) return isHeld
  const { loa, serviceAccount } = standing
  const asked = { status, current: standing.expires, action: 'extend', loa, serviceAccount } as const
  const answer = extend({ ...asked, rules: set.rules, today })
  if (!answer.allowed) return refused(answer.reason, whyNotExtended(answer, { loa, rules: set.rules }))
  const expires = dateAfterLifting({ status, expires: answer.expires, today }) ?? null
  return {
    allowed: true,
    write: { origin: 'application', expires },
    ...(set.kind === 'vo' && isOver ? { lift: true } : {}),
  }
}

/** Nothing is extended of a membership that others keep. */
function heldByOthers({ heldBy, rows }: Standing): ActVerdict | undefined {
  if (heldBy.length > 0 || rows.some(isKept))
    return refused('never-expires', 'there is nothing to extend: git, a source or a rule keeps the membership')
  return rows.length > 0 && rows.every(({ origin }) => origin === 'sponsor') ? refusedAsSponsored() : undefined
}
