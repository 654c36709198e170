import { membershipEvents, type NotificationEvent } from './events.ts'

/** What templates may name, by name. */
export interface Tags {
  readonly [name: string]: Tag
}

/** What a name stands for in a template. */
export interface Tag {
  readonly says: string
  /** What it consists of; of a list, each of its entries. */
  readonly of?: Tags
  /** Whether it has any further names, such as those of items of a form. */
  readonly isOpen?: boolean
}

const text = (says: string): Tag => ({ says })

const vo: Tag = { says: 'the VO', of: { name: text('its name'), title: text('its title, else its name') } }

const user: Tag = {
  says: 'whoever reads the mail',
  of: { identity: text('an identity of theirs'), displayName: text('their name, else that identity') },
}

const end: Tags = { expires: text('the first day on which it is over'), lastDay: text('the day before') }

const ofMemberships: Tags = {
  ...{ vo, user },
  membership: {
    says: 'the membership of the VO; where it has no date, all but the status are empty',
    of: { status: text('its status'), ...end, daysLeft: text('days until it is over, 0 afterwards') },
  },
  notices: {
    says: 'mails like this one',
    of: { key: text('the key by which the reader declines more of them; empty where there is nothing to decline') },
  },
  groups: {
    says: 'memberships of groups that end or have ended too',
    of: { name: text('the name of the group'), title: text('its title, else its name'), ...end },
  },
  guests: {
    says: 'guests of the reader who leave or have left',
    of: {
      identity: text('an identity of theirs'),
      displayName: text('their name, else that identity'),
      isCountdown: text('whether the reader answers for them no more'),
      ...end,
    },
  },
  terms: {
    says: 'terms that the reader has to accept; absent where there are none',
    of: {
      version: text('their version'),
      since: text('the day since which they are in force'),
      acceptBy: text('the first day without access'),
      lastDay: text('the day before'),
      isOver: text('whether that day has come'),
      acceptedUntil: text('the first day on which the acceptance there is counts no more; empty where there is none'),
    },
  },
}

const ofApplications: Tags = {
  ...{ vo, user },
  application: {
    says: 'the application as it stood when it happened',
    of: {
      id: text('its number'),
      kind: text('`initial` or `extension`'),
      for: text('what is applied for: `astro`, or `astro/telescope`'),
      title: text('the title of that, else its name'),
      form: text('the name of the form'),
      version: text('1 when filed, one more each time it is resubmitted'),
      filedOn: text('the day on which it was filed'),
      state: text('where it stands'),
      waitingFor: text('`vo-member` or `place` where it waits for that, else empty'),
      reason: text('what whoever decided wrote, or why it went so; may be empty'),
      identity: text('by which the person applied'),
      displayName: text('their name as it is known or was answered, else that identity'),
    },
  },
  answers: { says: 'the answers by name of the item: `answers.why`', isOpen: true },
  membership: {
    says: 'what the person has of the VO or group applied for; empty where there is none',
    of: { status: text('its status'), ...end },
  },
}

const ofVerifications: Tags = {
  ...ofApplications,
  verification: {
    says: 'the address to be confirmed',
    of: {
      address: text('the address'),
      key: text('the key by which it is confirmed, once'),
      until: text('until when the key counts'),
    },
  },
}

const ofDigests: Tags = {
  user,
  count: text('how many applications wait for the reader'),
  longestDays: text('for how many days the oldest has waited'),
  more: text('how many are not in `waiting`'),
  waiting: {
    says: 'those that wait, the oldest first',
    of: {
      id: text('its number'),
      for: text('what is applied for'),
      title: text('the title of that, else its name'),
      identity: text('who applied'),
      displayName: text('their name, else that identity'),
      since: text('the day since which it waits'),
      days: text('for how many days'),
    },
  },
}

const ofInvitations: Tags = {
  vo,
  user: {
    says: 'who is invited',
    of: { displayName: text('their name as it was given, else their address'), identity: text('empty') },
  },
  invitation: {
    says: 'the invitation',
    of: {
      id: text('its number'),
      for: text('to what: `astro`, or `astro/telescope`'),
      title: text('the title of that, else its name'),
      isToGroup: text('whether it is to a group'),
      isPreApproved: text('whether nobody has to decide any more'),
      lastDay: text('the last day on which it counts'),
      message: text('what the inviter wrote; may be empty'),
      inviter: text('who invited'),
      key: text('the key by which it is accepted or declined, once'),
    },
  },
}

const ofReview: Tag = {
  says: 'the review',
  of: {
    id: text('its number'),
    kind: text('of what: `vo`, `group` or `resource`'),
    of: text('the name of that: `astro`, or `astro/telescope`'),
    title: text('the title of that, else its name'),
    dueOn: text('the day on which it closes'),
    unanswered: text('what becomes of whom nobody decides about'),
    reason: text('why it was started; may be empty'),
    state: text('where it stands'),
    outcome: text('what became of it; empty while it is open'),
    people: text('how many people it is about'),
    removed: text('how many were removed'),
    unresolved: text('how many rows only git or a source can take away'),
    waiting: text('how many wait for the reader'),
  },
}

const ofReviews: Tags = { vo, user, review: ofReview }

const ofRemovals: Tags = {
  ...ofReviews,
  review: { ...ofReview, says: 'the review; `removed` and the other numbers are of all people' },
  lost: {
    says: 'what the reader has no more',
    of: {
      of: text('the name: `astro`, or `astro/telescope`'),
      title: text('the title of that, else its name'),
      isVo: text('whether it is the membership of the VO itself'),
    },
  },
}

const ofDelegations: Tags = {
  user,
  delegation: {
    says: 'the delegation',
    of: {
      id: text('its number'),
      delegator: text('who is away: their name, else an identity'),
      delegate: text('who stands in: their name, else an identity'),
      isDelegate: text('whether the reader is the one who stands in'),
      vo: text('the title of the VO in which it holds; empty where it holds in all'),
      application: text('the number of the only application that it is about; empty where there is none'),
      from: text('the first day'),
      lastDay: text('the last day; empty where it has none'),
      reason: text('why it was made'),
      endedBy: text('who ended it; empty while it lasts'),
      why: text('what whoever ended it wrote; may be empty'),
    },
  },
}

const ofInvitationDigests: Tags = {
  user,
  count: text('how many invitations of the reader have ended since the last such mail'),
  accepted: text('how many of them were accepted'),
  declined: text('how many were declined'),
  expired: text('how many ran out, or are to what is gone'),
  more: text('how many are not in `invitations`'),
  invitations: {
    says: 'those that ended, in the order of their ends',
    of: {
      id: text('its number'),
      for: text('to what: `astro`, or `astro/telescope`'),
      title: text('the title of that, else its name'),
      address: text('to which address it went'),
      name: text('the name as it was given; may be empty'),
      state: text('`accepted`, `declined`, `expired` or `target-gone`'),
      on: text('the day of that'),
      reason: text('why it was declined; may be empty'),
    },
  },
}

const ofAnnouncements: Tags = {
  ...{ vo, user },
  announced: {
    says: 'the terms that are announced',
    of: {
      version: text('their version'),
      on: text('the day on which they were announced'),
      inForce: text('the version in force until then'),
    },
  },
}

const byEvent: Readonly<Partial<Record<NotificationEvent, Tags>>> = {
  'application.digest': ofDigests,
  'application.verification': ofVerifications,
  'delegation.begun': ofDelegations,
  'delegation.ended': ofDelegations,
  'invitation.digest': ofInvitationDigests,
  'invitation.sent': ofInvitations,
  'review.removed': ofRemovals,
  'terms.announced': ofAnnouncements,
}

/** Lists what the templates of an event may name. */
export function tagsOf(event: NotificationEvent): Tags {
  const own = byEvent[event]
  if (own !== undefined) return own
  if (event.startsWith('review.')) return ofReviews
  return membershipEvents.some((one) => one === event) ? ofMemberships : ofApplications
}
