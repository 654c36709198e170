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
const applicationEvents = [
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
  'application.verification',
  'application.withdrawn',
] as const

/** What a mail about memberships is about. */
export type MembershipEvent = (typeof membershipEvents)[number]
/** What a mail about applications is about. */
export type ApplicationEvent = (typeof applicationEvents)[number]
/** What people are told who are no members yet. */
export type InvitationEvent = 'invitation.sent'

/** What reviewers are told of reviews. */
export type ReviewEvent = 'review.closed' | 'review.opened' | 'review.reminder'

/** All that people are told about. */
export const notificationEvents = [
  ...membershipEvents,
  ...applicationEvents,
  'invitation.sent',
  'review.closed',
  'review.opened',
  'review.reminder',
] as const satisfies readonly NotificationEvent[]

/** What people are told about. */
export type NotificationEvent = ApplicationEvent | InvitationEvent | MembershipEvent | ReviewEvent
