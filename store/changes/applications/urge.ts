import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'
import type { FoundApplication } from './found-application.ts'

/** Something that is done so that somebody decides. */
export interface Urging {
  readonly application: FoundApplication
  /** The open step, from 0 on. */
  readonly step: number
  /** When it was due. */
  readonly at: Date
}

/** Opens the open step to those it escalates to. */
export async function escalate(tx: Tx, trail: Trail, { application, step, at }: Urging): Promise<void> {
  await tx.query('update application set escalated_at = $2 where id = $1', [application.id, at])
  await record(tx, trail, { application, step, at, action: 'escalate' })
}

/** Reminds those who may decide in the open step. */
export async function remind(tx: Tx, trail: Trail, { application, step, at }: Urging): Promise<void> {
  await tx.query('update application set reminded_at = $2 where id = $1', [application.id, at])
  await record(tx, trail, { application, step, at, action: 'remind' })
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
