import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
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
  /** Whose rights count; without it the system's own user acts. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/**
 * Writes down what somebody does to an application, before anything comes of it; returns the number by which `settleAct` finds it.
 * Throws APPLICATION_UNKNOWN, IDENTITY_UNKNOWN.
 */
export async function noteAct(tx: Tx, input: NoteInput): Promise<string> {
  const { application, act, seen, reason, answers, actor, cause, now } = input
  const person = actor === undefined ? null : await personOf(tx, actor, application)
  const { rows } = await tx.query<{ id: string }>(
    `with noted as (
       insert into application_act (application_id, act, person_id, actor, version, policy, reason, answers, at)
       select a.id, $2, $3, $4, coalesce($5, a.version), coalesce($6, a.policy), $7, $8, $9 from application a where a.id = $1
       returning id, application_id
     ), woken as (
       insert into application_wake (application_id) select application_id from noted returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select noted.id::text from noted left join hinted on true`,
    [
      ...[application, act, person, cause.actor, seen?.version ?? null, seen?.policy ?? null, reason],
      ...[answers === undefined ? null : JSON.stringify(answers), now],
    ],
  )
  const [noted] = rows
  if (noted === undefined) throw unknownApplication(application)
  return noted.id
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
