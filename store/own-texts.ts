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
