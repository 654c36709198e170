import { lastDayBefore } from '../core/lifecycle/calendar.ts'
import type { MembershipEvent } from '../core/notifications/events.ts'
import { keyPlace } from '../core/notifications/key-place.ts'
import type { MembershipTags } from '../core/notifications/tags.ts'
import type { NewMail, Untold } from '../store/index.ts'

const dayMs = 24 * 60 * 60_000

/** What the mail to one person is about first of all: the end of their membership, else the terms, groups, guests. */
export function eventOf(untold: Untold): MembershipEvent {
  const { notices, terms, groups, guests, date, today } = untold
  if (date !== null && notices.length > 0) return eventOfMember(notices, { date, today })
  if (terms.length > 0) return terms.some(({ kind }) => kind.startsWith('terms-new-')) ? 'terms.new' : 'terms.due'
  if (groups.length > 0) return isOverFor(groups, today) ? 'group.expired' : 'group.expiring'
  if (guests.some(({ kind }) => kind === 'countdown')) return 'guest.countdown'
  return isOverFor(guests, today) ? 'guest.expired' : 'guest.expiring'
}

function eventOfMember(
  notices: Untold['notices'],
  { date, today }: { readonly date: string; readonly today: string },
): MembershipEvent {
  if (date <= today) return 'member.expired'
  return notices.some(({ kind }) => kind === 'countdown') ? 'sponsor.left' : 'member.expiring'
}

function isOverFor(dated: readonly { readonly date: string }[], today: string): boolean {
  return dated.some(({ date }) => date <= today)
}

/** What the templates of the mail may name. */
export function tagsOf(untold: Untold): MembershipTags {
  const { vo, user, displayName, status, today, groups, guests } = untold
  const date = untold.date ?? firstOf(groups) ?? untold.expires
  return {
    vo: { name: vo.name, title: vo.title },
    user: { identity: user, displayName },
    membership: {
      status: status ?? 'deleted',
      ...(date === null ? { expires: '', lastDay: '' } : endOf(date)),
      daysLeft: date === null ? 0 : Math.max(0, Math.round((Date.parse(date) - Date.parse(today)) / dayMs)),
    },
    notices: { key: groups.length + untold.notices.length > 0 ? keyPlace : '' },
    groups: once(groups, ({ name }) => name).map(({ name, title, date: end }) => ({ name, title, ...endOf(end) })),
    guests: once(guests, ({ guest }) => guest).map((one) => ({
      ...{ identity: one.user, displayName: one.displayName },
      ...{ isCountdown: one.kind === 'countdown', ...endOf(one.date) },
    })),
    terms: termsOf(untold),
  }
}

function termsOf({ terms, inForce, today }: Untold): MembershipTags['terms'] {
  const acceptBy = firstOf(terms)
  if (inForce === null || acceptBy === undefined) return null
  const { version, since, acceptedUntil } = inForce
  const isOver = acceptBy <= today
  return { version, since, acceptBy, lastDay: lastDayBefore(acceptBy), isOver, acceptedUntil: acceptedUntil ?? '' }
}

function firstOf(dated: readonly { readonly date: string }[]): string | undefined {
  return dated.map(({ date }) => date).sort()[0]
}

function endOf(date: string): { readonly expires: string; readonly lastDay: string } {
  return { expires: date, lastDay: lastDayBefore(date) }
}

/** Each once, whatever the number of notices. */
function once<T>(told: readonly T[], key: (one: T) => number | string): T[] {
  return [...new Map(told.map((one) => [key(one), one])).values()]
}

/** Names what the mail says, so that the same is never said twice. */
export function mailKeyOf({ vo, person, notices, groups, guests, terms, ...untold }: Untold): NewMail['key'] {
  const date = untold.date ?? firstOf([...groups, ...guests, ...terms]) ?? ''
  const kinds = [
    ...notices.map(({ kind }) => kind),
    ...terms.map((one) => `${one.date}-${one.kind}`),
    ...groups.map((one) => `${one.group}-${one.date}-${one.kind}`),
    ...guests.map((one) => `guest-${one.guest}-${one.date}-${one.kind}`),
  ].sort()
  return `expiry/${vo.id}/${person}/${date}/${kinds.join('+')}`
}
