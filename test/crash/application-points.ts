import type { CrashPoint } from '../../activities/crash-point.ts'
import { staff } from './application-documents.ts'
import type { Applying, People } from './application-people.ts'

/** A moment in the life of applications at which something is killed. */
export interface ApplicationPoint {
  readonly name: string
  readonly at: CrashPoint
  /** Comes before anything is killed. */
  readonly before?: (people: People) => Promise<void>
  /** Whose applications pass the point. */
  readonly of: Applying
  /** What passes it. */
  readonly meanwhile: (people: People) => Promise<void>
  /** How these applications stand then. */
  readonly then: string
}

const applicants = ['idp/katherine', 'idp/margaret', 'idp/rosalind'] as const
const [one, other] = staff.managers

/** For the VO, for a group of it, for more time; and some who take theirs back. */
export const targets = {
  vo: { applicants },
  group: { applicants, group: 'board' },
  time: { applicants, kind: 'extension' },
  back: { applicants: ['idp/dorothy', 'idp/mary', 'idp/nancy'] },
} as const satisfies Readonly<Record<string, Applying>>
const { vo, group, time, back } = targets

/** The points, in the order in which one life passes them. */
export const applicationPoints: readonly ApplicationPoint[] = [
  {
    name: 'a mail claimed, not handed over',
    at: 'mail.before-ending',
    of: vo,
    meanwhile: async (people) => people.file(vo),
    then: 'unverified',
  },
  {
    name: 'an address confirmed, the workflow not told',
    at: 'act.noted',
    of: vo,
    meanwhile: async (people) => people.confirm(vo),
    then: 'open at step 1, approved by 0',
  },
  {
    name: 'changes asked for, the update accepted',
    at: 'act.accepted',
    of: vo,
    meanwhile: async (people) => people.each(vo, 'request-changes', staff.first),
    then: 'changes-requested',
  },
  {
    name: 'other answers, before their commit',
    at: 'application.before-commit',
    of: vo,
    meanwhile: async (people) => people.each(vo, 'resubmit', 'self'),
    then: 'open at step 1, approved by 0',
  },
  {
    name: 'a reminder that is due, before its commit',
    at: 'application.before-commit',
    of: vo,
    meanwhile: async (people) => people.wait(vo, 4),
    then: 'open at step 1, approved by 0, reminded',
  },
  {
    name: 'a mail that the server took, its answer not noted',
    at: 'mail.before-noting',
    before: async (people) => people.file(group),
    of: back,
    meanwhile: async (people) => people.file(back),
    then: 'unverified',
  },
  {
    name: 'the first approval, committed and not reported',
    at: 'application.after-commit',
    of: vo,
    meanwhile: async (people) => people.each(vo, 'approve', staff.first),
    then: 'open at step 2, approved by 1',
  },
  {
    name: 'one of two approvals, noted, the workflow not told',
    at: 'act.noted',
    of: vo,
    meanwhile: async (people) => people.each(vo, 'approve', one),
    then: 'open at step 2, approved by 2',
  },
  {
    name: 'the last approval, before provisioning commits',
    at: 'application.before-commit',
    of: vo,
    meanwhile: async (people) => people.each(vo, 'approve', other),
    then: 'approved',
  },
  {
    name: 'provisioned in a group, committed and not reported',
    at: 'application.after-commit',
    of: group,
    meanwhile: async (people) => people.each(group, 'approve', one),
    then: 'approved',
  },
  {
    name: 'more time, before its commit',
    at: 'application.before-commit',
    before: async (people) => people.file(time),
    of: time,
    meanwhile: async (people) => people.each(time, 'approve', other),
    then: 'approved',
  },
  {
    name: 'an application taken back, the update accepted',
    at: 'act.accepted',
    of: back,
    meanwhile: async (people) => people.each(back, 'withdraw', 'self'),
    then: 'withdrawn',
  },
]
