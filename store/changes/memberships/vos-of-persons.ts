import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { settleMembers } from '../settle-members.ts'
import type { Trail } from '../trail.ts'

/** A VO, and which of some people are its members. */
export interface VoOfPersons {
  readonly id: number
  readonly name: string
  readonly persons: readonly UserId[]
}

/** Lists the VOs that these people are members of, by name. */
export async function vosOfPersons(tx: Tx, persons: readonly UserId[]): Promise<VoOfPersons[]> {
  const { rows } = await tx.query<VoOfPersons>(
    `select vo.id, vo.name, array_agg(mb.person_id) as persons
     from member mb join vo on vo.id = mb.vo_id where mb.person_id = any($1) group by 1, 2 order by 2`,
    [persons],
  )
  return rows
}

/** Brings the statuses of people in each of these VOs to what rows and gates say now. */
export async function settleInVos(
  tx: Tx,
  trail: Trail,
  { vos, ...why }: { readonly vos: readonly VoOfPersons[]; readonly reason?: string },
): Promise<void> {
  for (const { id, persons } of vos) await settleMembers(tx, trail, { vo: id, persons, lifted: [], ...why })
}
