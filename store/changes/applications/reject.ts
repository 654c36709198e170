import type { ApplicationEvent } from '../../../core/notifications/events.ts'
import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'
import type { FoundApplication } from './found-application.ts'
import { moveTo } from './move-to.ts'
import { tellApplicants } from './tell-by-mail.ts'

/** Which application is rejected by itself, why, and what whoever applied is told. */
interface Rejecting {
  readonly application: FoundApplication
  readonly reason: string
  readonly event: ApplicationEvent
}

/** Rejects an application that nobody decided about, and tells whoever applied. */
export async function reject(tx: Tx, trail: Trail, { application, reason, event }: Rejecting): Promise<void> {
  const { id, vo, group, identity: user } = application
  await moveTo(tx, { id, state: 'rejected', reason, at: trail.at })
  const name = group === undefined ? vo : `${vo}/${group}`
  const personal = { user, application: id, reason }
  await recordEvents(tx, trail, [{ action: 'reject', kind: 'Application', vo, name, personal }])
  await tellApplicants(tx, trail, { event, applications: [id] })
}

/** Rejects an application for what is there no more. */
export async function rejectGone(tx: Tx, trail: Trail, application: FoundApplication): Promise<void> {
  const reason = 'target-gone: what was applied for, or its form, is there no more'
  await reject(tx, trail, { application, reason, event: 'application.target-gone' })
}
