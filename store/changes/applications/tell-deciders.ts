import { stepsOf } from '../../../core/applications/votes.ts'
import type { ApprovalStep } from '../../../schemas/generated/config.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { staffDesks } from './desks.ts'
import type { FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'
import { tellPeople } from './tell-by-mail.ts'

/** That those who may decide about an application are reminded, or that others may now. */
export interface ToDeciders {
  readonly event: 'application.escalated' | 'application.reminder'
  readonly application: FoundApplication
  readonly target: ApplicationTarget
  /** The open step, from 0 on. */
  readonly step: number
  /** When it was due. */
  readonly at: Date
}

/** Drafts a mail to each of those who may decide in the open step, of an escalation to those to whom it goes, and to who stands in for them; nobody who has approved it. */
export async function tellDeciders(tx: Tx, trail: Trail, telling: ToDeciders): Promise<void> {
  const { event, application, target, at } = telling
  const step = stepOf(telling)
  if (step === undefined) return
  const { voId: vo, groupId } = target.set
  const desk = { vo, group: groupId, step, isEscalated: application.escalatedAt !== undefined }
  const [persons = []] = await staffDesks(tx, [desk], trail.at)
  const { rows } = await tx.query<{ person: number }>(
    `with named as (select unnest($1::integer[]) as id),
     voices as (
       select id as person, id as voice from named
       union
       select d.delegate_id, d.delegator_id from named join delegation_at($2) d on d.delegator_id = named.id
       where (d.vo_id is null or d.vo_id = $3) and (d.application_id is null or d.application_id = $4)
     )
     select distinct person from voices cross join lateral (
       select coalesce(a.person_id, (select person_id from identity where ref = a.identity)) as id from application a where a.id = $4) applicant
     where (applicant.id is null or applicant.id not in (person, voice))
       and not exists (select from ban b where (b.vo_id, b.person_id) = ($3, person))
       and not exists (
         select from application_act t join application a on a.id = t.application_id
         where a.id = $4 and t.act = 'approve' and t.outcome = 'done' and (t.version, t.policy) = (a.version, a.policy)
           and (t.person_id in (person, voice) or t.for_person_id in (person, voice)))
     order by 1`,
    [persons, trail.at, vo, application.id],
  )
  await tellPeople(tx, trail, {
    ...{ event, application: application.id, persons: rows.map(({ person }) => person), occasion: at.toISOString() },
  })
}

function stepOf({ event, target, step }: ToDeciders): ApprovalStep | undefined {
  const open = stepsOf(target.form)[step]
  if (event === 'application.reminder') return open
  return open?.escalateTo === undefined ? undefined : { by: open.escalateTo }
}
