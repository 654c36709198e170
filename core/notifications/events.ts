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
/** What who is invited is told, and who invited. */
export type InvitationEvent = 'invitation.digest' | 'invitation.sent'

/** What reviewers are told of reviews, and those from whom one takes something. */
export type ReviewEvent = 'review.closed' | 'review.opened' | 'review.reminder' | 'review.removed'

/** What who is away and who stands in for them are told. */
export type DelegationEvent = 'delegation.begun' | 'delegation.ended'

/** What members are told of terms that are not in force yet. */
export type AnnouncementEvent = 'terms.announced'

/** All that people are told about. */
export const notificationEvents = [
  ...membershipEvents,
  ...applicationEvents,
  'delegation.begun',
  'delegation.ended',
  'invitation.digest',
  'invitation.sent',
  'review.closed',
  'review.opened',
  'review.reminder',
  'review.removed',
  'terms.announced',
] as const satisfies readonly NotificationEvent[]

/** What people are told about. */
export type NotificationEvent =
  AnnouncementEvent | ApplicationEvent | DelegationEvent | InvitationEvent | MembershipEvent | ReviewEvent
