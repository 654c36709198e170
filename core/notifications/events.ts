/** What members and sponsors are told of memberships. */
export const membershipEvents = [
  'group.expired',
  'group.expiring',
  'guest.countdown',
  'guest.expired',
  'guest.expiring',
  'member.expired',
  'member.expiring',
  'sponsor.left',
  'terms.due',
  'terms.new',
] as const

/** What applicants, and those who decide, are told of applications. */
export const applicationEvents = [
  'application.approved',
  'application.changes-requested',
  'application.digest',
  'application.escalated',
  'application.failed',
  'application.filed',
  'application.full',
  'application.rejected',
  'application.reminder',
  'application.resubmitted',
  'application.silence',
  'application.target-gone',
  'application.withdrawn',
] as const

export type MembershipEvent = (typeof membershipEvents)[number]
export type ApplicationEvent = (typeof applicationEvents)[number]

/** What people are told about. */
export type NotificationEvent = ApplicationEvent | MembershipEvent
