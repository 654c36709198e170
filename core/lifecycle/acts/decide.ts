import { dateAfterLifting } from '../date-after-lifting.ts'
import { extend, type Extension } from '../extension.ts'
import type { MemberStatus } from '../../model/state.ts'
import type { Day } from '../calendar.ts'
import {
  refused,
  refusedAsKept,
  refusedAsNoMember,
  refusedAsOver,
  refusedAsSponsored,
  whyNotExtended,
} from './refuse.ts'
import {
  isKept,
  isManaged,
  type ActedSet,
  type ActRequest,
  type ActVerdict,
  type MemberAct,
  type Standing,
} from './standing.ts'

/** A question about an act. */
export interface ActQuestion {
  readonly set: ActedSet
  readonly standing: Standing
  readonly request: ActRequest
}

/**
 * Decides what an act on a membership comes to, the same for "may I" and "do it" (design section 4). It looks at rows, status
 * and rules only: rights, places, gates and the guard are asked by whoever carries it out.
 */
export function decideAct(question: ActQuestion): ActVerdict {
  const { set, request } = question
  const { over } = set
  if (over !== undefined && (request.act === 'add' || request.act === 'extend')) return refusedAsOver(over)
  return deciders[request.act](question)
}

const deciders: Readonly<Record<MemberAct, (question: ActQuestion) => ActVerdict>> = {
  add: decideAdd,
  remove: decideRemove,
  extend: decideExtend,
  expires: decideExpires,
  disable: decideDisable,
  enable: decideEnable,
  leave: decideLeave,
  delete: decideDelete,
}

function decideAdd(question: ActQuestion): ActVerdict {
  const { set, standing, request } = question
  const obstacle = obstacleToAdding(question)
  if (obstacle !== undefined) return obstacle
  if (request.expires !== undefined) return dated(request, (expires) => ({ write: { origin: 'manager', expires } }))
  const newcomer = { status: undefined, current: undefined, action: 'join' } as const
  const { loa, serviceAccount } = standing
  const joined = extend({ ...newcomer, rules: set.rules, loa, today: request.today, serviceAccount })
  return { allowed: true, write: { origin: 'manager', expires: joined.expires ?? null } }
}

function obstacleToAdding({ set, standing }: ActQuestion): ActVerdict | undefined {
  const { member, rows } = standing
  const { name, exclusiveAt } = set
  if (exclusiveAt !== undefined) {
    const place = `${exclusiveAt.file}:${exclusiveAt.line}`
    return refused('exclusive', `${name} has only those whom ${place} names; add them there`)
  }
  if (set.kind === 'group' && member === undefined)
    return refused('not-a-member', 'they are no member of the VO; add them to it first')
  const managed = rows.filter(isManaged)
  const isIn = managed.some(({ status }) => status === 'VALID')
  const isOver = set.kind === 'vo' ? isLiftable(member) : managed.length > 0 && !isIn
  if (isOver) return refused('is-over', `their membership of ${name} is over; extend it to bring them back`)
  return isIn ? refused('already-member', `they are in ${name} already; extend them, or set another date`) : undefined
}

function isLiftable(status: MemberStatus | undefined): boolean {
  return status === 'EXPIRED' || status === 'DISABLED'
}

function decideRemove({ set, standing }: ActQuestion): ActVerdict {
  const { member, rows } = standing
  if (set.kind === 'vo' ? member === undefined : rows.length === 0) return refusedAsNoMember(set)
  const others = rows.filter((row) => !isManaged(row))
  if (others.length < rows.length) {
    const isHeld = others.length > 0 || standing.heldBy.length > 0
    return { allowed: true, endRows: true, ...(set.kind === 'vo' && !isHeld ? { endMember: true } : {}) }
  }
  if (isKeptAnywhere(standing)) return refusedAsKept(set, standing)
  return rows.length > 0 ? refusedAsSponsored() : { allowed: true, endMember: true }
}

function decideExtend({ set, standing, request }: ActQuestion): ActVerdict {
  const { rows, loa, serviceAccount } = standing
  const isVo = set.kind === 'vo'
  if (isVo ? standing.member === undefined : rows.length === 0) return refusedAsNoMember(set)
  if (isKeptAnywhere(standing)) return refused('never-expires', nothingToExtend(set, standing))
  if (rows.length > 0 && rows.every(({ origin }) => origin === 'sponsor')) return refusedAsSponsored()
  const status = isVo ? standing.member : statusOfRows(rows)
  const asked = { status, current: standing.expires, action: 'extend', loa, serviceAccount } as const
  const answer = extend({ ...asked, rules: set.rules, today: request.today })
  if (!answer.allowed) return refused(answer.reason, whyNotExtended(answer, { loa, rules: set.rules }))
  return {
    allowed: true,
    write: { origin: extendedOrigin(rows), expires: dateOnceExtended(answer, { status, today: request.today }) },
    ...(isVo && isLiftable(status) ? { lift: true } : {}),
  }
}

function statusOfRows(rows: Standing['rows']): MemberStatus {
  return rows.some(({ status }) => status === 'VALID') ? 'VALID' : 'EXPIRED'
}

/** The application's row is extended; where there is none, the manager's, made if it is missing. */
function extendedOrigin(rows: Standing['rows']): 'application' | 'manager' {
  return rows.some(({ origin }) => origin === 'application') ? 'application' : 'manager'
}

function dateOnceExtended(
  { expires }: Extension,
  { status, today }: { readonly status: MemberStatus | undefined; readonly today: Day },
): Day | null {
  return (status === undefined ? expires : dateAfterLifting({ status, expires, today })) ?? null
}

function decideExpires({ set, standing, request }: ActQuestion): ActVerdict {
  const { member, rows } = standing
  if (set.kind === 'vo' ? member === undefined : rows.length === 0) return refusedAsNoMember(set)
  if (!rows.some(isManaged)) {
    if (isKeptAnywhere(standing)) return refusedAsKept(set, standing)
    if (rows.length > 0) return refusedAsSponsored()
    return dated(request, (expires) => ({ write: { origin: 'manager', expires } }))
  }
  return dated(request, (expires) => ({
    redate: expires,
    ...(set.kind === 'vo' && member === 'EXPIRED' ? { lift: true } : {}),
  }))
}

function decideDisable({ set, standing: { member } }: ActQuestion): ActVerdict {
  if (member === undefined) return refusedAsNoMember(set)
  if (member === 'DISABLED') return refused('already-disabled', 'they are DISABLED already; enabling brings them back')
  return { allowed: true, disable: true }
}

function decideEnable({ set, standing: { member } }: ActQuestion): ActVerdict {
  if (member === undefined) return refusedAsNoMember(set)
  if (member !== 'DISABLED')
    return refused(
      'not-disabled',
      `they are ${member}, not DISABLED${member === 'EXPIRED' ? '; extend them to bring them back' : ''}`,
    )
  return { allowed: true, lift: true }
}

function decideDelete({ set, standing }: ActQuestion): ActVerdict {
  if (standing.member === undefined) return refusedAsNoMember(set)
  return isKeptAnywhere(standing) ? refusedAsKept(set, standing) : { allowed: true, endMember: true }
}

function decideLeave({ set, standing }: ActQuestion): ActVerdict {
  const { member, rows } = standing
  if (set.kind === 'vo') {
    if (member === undefined) return refusedAsNoMember(set)
    return member === 'DISABLED'
      ? refused('already-disabled', 'they are DISABLED already, and so without access')
      : { allowed: true, disable: true }
  }
  if (rows.length === 0) return refusedAsNoMember(set)
  if (rows.some(isKept)) return refusedAsKept(set, standing)
  return rows.some(isManaged) ? { allowed: true, endRows: true } : refusedAsSponsored()
}

type Allowed = Omit<Extract<ActVerdict, { readonly allowed: true }>, 'allowed'>

/** With a date that somebody gave: today ends it at once, an earlier one is a mistake. */
function dated({ expires = null, today }: ActRequest, make: (expires: string | null) => Allowed): ActVerdict {
  if (expires !== null && expires < today)
    return refused('date-past', `${expires} is over; expected ${today} (over at once) or a later day`)
  return { allowed: true, ...make(expires) }
}

function isKeptAnywhere({ rows, heldBy }: Standing): boolean {
  return heldBy.length > 0 || rows.some(isKept)
}

function nothingToExtend(set: ActedSet, standing: Standing): string {
  return `there is nothing to extend: ${refusedAsKept(set, standing).message}`
}
