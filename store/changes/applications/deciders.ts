import { namesOfForm, compileCondition } from '../../../core/forms/expressions.ts'
import type { ApprovalStep } from '../../../schemas/generated/config.ts'
import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { readPersonValues } from './person-values.ts'
import { readTypes, type ApplicationTarget } from './read-target.ts'

/** A step of an approval, and whether it was opened to those it escalates to. */
export interface OpenStep {
  readonly target: Pick<ApplicationTarget, 'set'>
  readonly step: ApprovalStep
  readonly isEscalated: boolean
}

/** Tells whether a person may decide in a step: one whom it names, an admin of the instance, or one it escalated to; nobody who is banned from the VO. */
export async function mayDecide(tx: Tx, person: UserId, { target, step, isEscalated }: OpenStep): Promise<boolean> {
  const { set } = target
  const { by } = step
  const { rows } = await tx.query<{ may: boolean }>(
    `select not exists (select from ban b where b.vo_id = $2 and b.person_id = $1) and (
       exists (select from instance where is_among(spec->'admins', '', $1))
       or is_among(holders_in_step($4, vo.id, $3, $5), vo.name, $1)) as may
     from vo where vo.id = $2`,
    [person, set.voId, set.groupId, JSON.stringify(step), isEscalated],
  )
  if (rows[0]?.may === true) return true
  return typeof by === 'object' && 'where' in by && (await satisfies(tx, person, { target, where: by.where }))
}

/** Tells whether somebody is banned from a VO. */
export async function isBanned(tx: Tx, person: UserId, vo: number): Promise<boolean> {
  const { rowCount } = await tx.query('select from ban where (vo_id, person_id) = ($1, $2)', [vo, person])
  return rowCount === 1
}

/** Says who may decide in a step, as people read it. */
export function whoDecides({ by, escalateTo }: ApprovalStep, isEscalated: boolean): string {
  const others = isEscalated && escalateTo !== undefined ? `, or ${named(escalateTo)}` : ''
  const words = { managers: 'a manager', membershipManagers: 'a membership manager', sponsors: 'a sponsor' } as const
  if (typeof by === 'string') return `${words[by]}${others}`
  return 'where' in by ? `somebody for whom \`${by.where}\` holds${others}` : `${named(by)}${others}`
}

function named(holder: { readonly user: string } | { readonly group: string }): string {
  return 'user' in holder ? `"${holder.user}"` : `somebody in group "${holder.group}"`
}

interface Question {
  readonly target: Pick<ApplicationTarget, 'set'>
  readonly where: string
}

async function satisfies(tx: Tx, person: UserId, { target: { set }, where }: Question): Promise<boolean> {
  const compiled = compileCondition(where, namesOfForm([], await readTypes(tx)))
  if ('fault' in compiled) return false
  const { rows } = await tx.query<{ ref: string; banned: boolean }>(
    `select i.ref, exists (select from ban b where b.vo_id = $2 and b.person_id = $1) as banned
     from identity i where i.person_id = $1 order by i.ref limit 1`,
    [person, set.voId],
  )
  const [found] = rows
  if (found === undefined || found.banned) return false
  const outcome = compiled.evaluate(await readPersonValues(tx, { identity: found.ref, vo: set.voId, today: set.today }))
  return outcome.kind === 'value' && outcome.value === true
}
