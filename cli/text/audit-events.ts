import { shownActor } from '../../core/model/authentication.ts'
import type { ListedEvent } from '../../store/index.ts'
import { renderTable } from './table.ts'
import { moment, short } from './words.ts'

/** What happened, an event a line. */
export function renderEvents(events: readonly ListedEvent[]): string {
  if (events.length === 0) return 'Nothing is recorded.'
  const rows = events.map(({ at, actor, authentication, by, action, kind, vo, name, detail }) => [
    ...[moment(at.toISOString()), shownActor(by ?? actorText(actor), authentication), `${action} ${kind}`],
    ...[vo === null || vo === name ? name : `${vo}/${name}`, textOf(detail?.['user']), textOf(detail?.['reason'])],
  ])
  return renderTable(['WHEN', 'WHO', 'WHAT', 'OF', 'USER', 'WHY'], rows)
}

const ofCommit = 'commit/'

function actorText(actor: string): string {
  return actor.startsWith(ofCommit) ? `${ofCommit}${short(actor.slice(ofCommit.length))}` : actor
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
