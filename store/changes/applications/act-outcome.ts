import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import { systemSource } from '../../../core/config/references.ts'
import type { Authentication } from '../../../core/model/authentication.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'
import type { FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'

/** An act that was noted, to be settled. */
export interface SettleActInput {
  readonly act: string
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** Why nothing came of an act; stable words. */
export type ActFailure =
  | 'answers-invalid'
  | 'changed'
  | 'ended'
  | 'for-whom'
  | 'not-delegated'
  | 'not-eligible'
  | 'not-open'
  | 'own-application'
  | 'put-out'
  | 'target-gone'
  | 'voted-already'

/** What came of an act. */
export type ActOutcome =
  { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: ActFailure; readonly message: string }

/** What somebody did, as it was noted. */
export interface NotedAct {
  readonly id: string
  readonly application: number
  readonly act: ApplicationAct
  readonly person: number | null
  /** Whom they say that they stand in for. */
  readonly standsFor: number | null
  readonly at: Date
  readonly actor: string
  readonly authentication: Authentication | null
  readonly version: number
  readonly policy: string
  readonly reason: string
  readonly answers: JsonObject | null
  readonly outcome: string | null
  /** Given beforehand, with an invitation. */
  readonly byInvitation: boolean
}

/** Tells whether the system's own user acts, who may do anything. */
export const isSystem = ({ actor }: NotedAct): boolean => actor.startsWith(`${systemSource}/`)

/** An act on an application, and how it is judged. */
export interface Settling {
  readonly application: FoundApplication
  readonly act: NotedAct
  readonly input: SettleActInput
}

export interface ByWhom extends Settling {
  /** Whether it is whoever applied who acts. */
  readonly isByApplicant: boolean
}

export interface Judging extends ByWhom {
  readonly target: ApplicationTarget
}

/** Reads what came of an act that was settled before. */
export function outcomeOf(text: string): ActOutcome {
  if (text === 'done') return { kind: 'done' }
  const [reason = '', ...message] = text.split(': ')
  return { kind: 'refused', reason: failures.find((one) => one === reason) ?? 'ended', message: message.join(': ') }
}

const failures: readonly ActFailure[] = [
  ...(['answers-invalid', 'changed', 'ended', 'for-whom', 'not-delegated', 'not-eligible', 'not-open'] as const),
  ...(['own-application', 'put-out', 'target-gone', 'voted-already'] as const),
]

interface Told {
  readonly application: FoundApplication
  readonly action: string
  readonly reason: string
  /** Whom who acts stands in for. */
  readonly standsFor?: UserId | undefined
}

/** Records what was done to an application. */
export async function tell(tx: Tx, trail: Trail, { application, action, reason, standsFor }: Told): Promise<void> {
  const { id, vo, group, identity: user } = application
  const name = group === undefined ? vo : `${vo}/${group}`
  const absent = standsFor === undefined ? undefined : await firstIdentity(tx, standsFor)
  const personal = {
    ...{ user, application: id },
    ...(absent !== undefined && { for: absent }),
    ...(reason !== '' && { reason }),
  }
  await recordEvents(tx, trail, [{ action, kind: 'Application', vo, name, personal }])
}

async function firstIdentity(tx: Tx, person: UserId): Promise<IdentityRef | undefined> {
  const { rows } = await tx.query<{ identity: IdentityRef | null }>(
    'select identities[1] as identity from person where id = $1',
    [person],
  )
  return rows[0]?.identity ?? undefined
}

/** Nothing came of an act, and what would be right. */
export function refused(reason: ActFailure, message: string): ActOutcome {
  return { kind: 'refused', reason, message }
}
