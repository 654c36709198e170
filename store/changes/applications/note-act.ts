import type { ApplicationAct } from '../../../core/applications/application.ts'
import { GuildhallError } from '../../../core/errors.ts'
import { canBeKept } from '../../../core/model/can-be-kept.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { requireKnown } from '../../queries/require-known.ts'
import { unknownActor } from '../memberships/rights.ts'
import type { Cause } from '../trail.ts'
import { unknownApplication } from './found-application.ts'

/** What somebody does to an application. */
export interface NoteInput {
  readonly application: number
  readonly act: ApplicationAct
  /** The version and the policy that they saw; without them those there are now. */
  readonly seen?: { readonly version: number; readonly policy: string }
  readonly reason: string
  /** Of `resubmit`. */
  readonly answers?: JsonObject
  /** Whom they stand in for, where that has to be said. */
  readonly standsFor?: IdentityRef
  /** Whose rights count; without it the system's own user acts. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/**
 * Writes down what somebody does to an application, before anything comes of it; returns the number by which `settleAct` finds it.
 * Throws APPLICATION_UNKNOWN, IDENTITY_UNKNOWN, REQUEST_INVALID.
 */
export async function noteAct(tx: Tx, input: NoteInput): Promise<string> {
  const { application, act, seen, reason, answers, actor, standsFor, cause, now } = input
  requireKeepable(input)
  const person = actor === undefined ? null : await personOf(tx, actor, application)
  const absent = standsFor === undefined ? null : await personWith(tx, standsFor)
  const { rows } = await tx.query<{ id: string }>(
    `with noted as (
       insert into application_act (application_id, act, person_id, actor, version, policy, reason, answers, at, for_person_id, authentication)
       select a.id, $2, $3, $4, coalesce($5, a.version), coalesce($6, a.policy), $7, $8, $9, $10, $11 from application a where a.id = $1
       returning id, application_id
     ), woken as (
       insert into application_wake (application_id) select application_id from noted returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select noted.id::text from noted left join hinted on true`,
    [
      ...[application, act, person, cause.actor, seen?.version ?? null, seen?.policy ?? null, reason],
      ...[answers === undefined ? null : JSON.stringify(answers), now, absent, cause.authentication ?? null],
    ],
  )
  const [noted] = rows
  if (noted === undefined) throw unknownApplication(application)
  return noted.id
}

function requireKeepable({ application, answers = {} }: NoteInput): void {
  if (canBeKept(answers)) return
  throw new GuildhallError(
    'REQUEST_INVALID',
    `Cannot take the answers to application ${application}: they hold the character U+0000, or half of one, which can be kept nowhere; leave it out`,
    { facts: { application } },
  )
}

/** Who has applied may act before anybody knows them. */
async function personOf(tx: Tx, actor: IdentityRef, application: number): Promise<number | null> {
  const { rows } = await tx.query<{ person: number | null; is_applicant: boolean }>(
    `select (select person_id from identity where ref = $1) as person,
       exists (select from application where id = $2 and identity = $1) as is_applicant`,
    [actor, application],
  )
  const [found] = rows
  if (found?.person == null && found?.is_applicant !== true) throw unknownActor(actor)
  return found.person
}

async function personWith(tx: Tx, identity: IdentityRef): Promise<number> {
  await requireKnown(tx, 'decide for', identity)
  const { rows } = await tx.query<{ person: number }>('select person_id as person from identity where ref = $1', [
    identity,
  ])
  return rows[0]?.person ?? 0
}
