import { GuildhallError } from '../../../core/errors.ts'
import type { ApplicationKind, ApplicationState, WaitingFor } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** An application as it stands, locked to the end of the transaction. */
export interface FoundApplication {
  readonly id: number
  /** By names as they are now, or as they were last. */
  readonly vo: string
  readonly group: string | undefined
  readonly kind: ApplicationKind
  readonly identity: IdentityRef
  readonly person: UserId | undefined
  readonly state: ApplicationState
  readonly waitingFor: WaitingFor | undefined
  readonly version: number
  readonly policy: string
  readonly answers: JsonObject
  /** That whoever applied reads. */
  readonly language: string | undefined
  readonly filedAt: Date
  /** When it came to its state. */
  readonly changedAt: Date
  readonly step: number
  readonly stepSince: Date | undefined
  readonly remindedAt: Date | undefined
  readonly escalatedAt: Date | undefined
  /** Whether what it is for, or its form, is gone. */
  readonly isTargetGone: boolean
}

interface ApplicationRow {
  readonly id: number
  readonly vo: string
  readonly group: string | null
  readonly kind: ApplicationKind
  readonly identity: IdentityRef
  readonly person: number | null
  readonly state: ApplicationState
  readonly waiting_for: WaitingFor | null
  readonly version: number
  readonly policy: string
  readonly answers: JsonObject | null
  readonly language: string | null
  readonly filed_at: Date
  readonly changed_at: Date
  readonly step: number
  readonly step_since: Date | null
  readonly reminded_at: Date | null
  readonly escalated_at: Date | null
  readonly is_target_gone: boolean
}

/** Finds an application and locks it; APPLICATION_UNKNOWN where there is none. Whoever writes locks its VO before. */
export async function findApplication(tx: Tx, id: number): Promise<FoundApplication> {
  const { rows } = await tx.query<ApplicationRow>(
    `select a.id, coalesce(vo.name, a.vo) as vo, case when a.group_id is null then a.group_name else g.name end as "group", a.kind,
       a.identity, coalesce(a.person_id, i.person_id) as person, a.state, a.waiting_for, a.version, a.policy, x.answers, a.language, a.filed_at, a.changed_at,
       a.step, a.step_since, a.reminded_at, a.escalated_at,
       a.vo_id is null or a.form_id is null or (a.group_name is not null and a.group_id is null) as is_target_gone
     from application a
     left join vo on vo.id = a.vo_id
     left join groups g on g.id = a.group_id
     left join identity i on i.ref = a.identity
     left join application_answers x on (x.application_id, x.version) = (a.id, a.version)
     where a.id = $1 for update of a`,
    [id],
  )
  const [found] = rows
  if (found === undefined) throw unknownApplication(id)
  return {
    ...{ id, vo: found.vo, group: found.group ?? undefined, kind: found.kind, identity: found.identity },
    ...{ person: found.person ?? undefined, state: found.state, waitingFor: found.waiting_for ?? undefined },
    ...{ version: found.version, policy: found.policy, answers: found.answers ?? {}, filedAt: found.filed_at },
    language: found.language ?? undefined,
    changedAt: found.changed_at,
    ...{ step: found.step, stepSince: found.step_since ?? undefined, remindedAt: found.reminded_at ?? undefined },
    ...{ escalatedAt: found.escalated_at ?? undefined, isTargetGone: found.is_target_gone },
  }
}

/** Tells whether an application is one of this person's. */
export async function isApplicant(tx: Tx, { identity, person }: FoundApplication, somebody: UserId): Promise<boolean> {
  if (somebody === person) return true
  const { rowCount } = await tx.query('select from identity where ref = $1 and person_id = $2', [identity, somebody])
  return rowCount === 1
}

/** The VO of an application, by which whoever changes it locks; undefined where the VO is gone. */
export async function voOfApplication(tx: Tx, id: number): Promise<string | undefined> {
  const { rows } = await tx.query<{ vo: string | null }>(
    'select vo.name as vo from application a left join vo on vo.id = a.vo_id where a.id = $1',
    [id],
  )
  const [found] = rows
  if (found === undefined) throw unknownApplication(id)
  return found.vo ?? undefined
}

/** APPLICATION_UNKNOWN. */
export function unknownApplication(id: number): GuildhallError {
  return new GuildhallError(
    'APPLICATION_UNKNOWN',
    `Cannot find application ${id}: there is none of this number; \`guildhall application list\` shows those there are`,
    { facts: { application: id } },
  )
}
