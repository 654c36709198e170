import type { NotificationEvent } from '../core/notifications/events.ts'
import type { NotificationTexts } from '../core/notifications/texts.ts'

/** What a Notification document says. */
export interface OwnTexts extends Partial<NotificationTexts> {
  readonly event: NotificationEvent
}

/** What the Notification documents of a VO say, then those of the instance. */
export function ownTexts(vo: string): string {
  return `(select coalesce(json_agg(t.spec order by t.vo_id), '[]') from notification t where t.vo_id = ${vo} or t.vo_id is null)`
}

/** The languages that suit whoever reads a mail, the best first: one that is known otherwise, theirs, and that of the instance. */
export function languagesOf(person: string, known = 'null'): string {
  return `array_remove(array[${known}, value_of_person('user.preferredLanguage', ${person}),
    (select spec->>'language' from instance limit 1)], null)`
}
