import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'
import type { FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'
import { tellDeciders } from './tell-deciders.ts'

/** Something that is done so that somebody decides. */
export interface Urging {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
  /** The open step, from 0 on. */
  readonly step: number
  /** When it was due. */
  readonly at: Date
}

/** Opens the open step to those it escalates to. */
export async function escalate(tx: Tx, trail: Trail, urging: Urging): Promise<void> {
  await tx.query('update application set escalated_at = $2 where id = $1', [urging.application.id, urging.at])
  await record(tx, trail, { ...urging, action: 'escalate' })
  await tellDeciders(tx, trail, { ...urging, event: 'application.escalated' })
}

/** Reminds those who may decide in the open step. */
export async function remind(tx: Tx, trail: Trail, urging: Urging): Promise<void> {
  await tx.query('update application set reminded_at = $2 where id = $1', [urging.application.id, urging.at])
  await record(tx, trail, { ...urging, action: 'remind' })
  await tellDeciders(tx, trail, { ...urging, event: 'application.reminder' })
}

async function record(
  tx: Tx,
  trail: Trail,
  { application, step, action }: Urging & { readonly action: 'escalate' | 'remind' },
): Promise<void> {
  const { id, vo, group, identity: user } = application
  const name = group === undefined ? vo : `${vo}/${group}`
  const personal = { user, application: id, step: step + 1 }
  await recordEvents(tx, trail, [{ action, kind: 'Application', vo, name, personal }])
}
