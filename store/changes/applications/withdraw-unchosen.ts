import type { JsonObject } from '../../../core/model/json.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { tell } from './act-outcome.ts'
import { chosenGroups } from './chosen-groups.ts'
import { findApplication, type FoundApplication } from './found-application.ts'
import { moveTo } from './move-to.ts'
import type { ApplicationTarget } from './read-target.ts'
import { tellApplicants } from './tell-by-mail.ts'
import { undecided } from '../../undecided.ts'

interface Answered {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
  readonly answers: JsonObject
}

/** Withdraws applications for groups that were chosen in answers of before, and are chosen no more. */
export async function withdrawUnchosen(
  tx: Tx,
  trail: Trail,
  { application, target, answers }: Answered,
): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(
    `select id from application where chosen_in = $1 and state in ${undecided}
       and group_name <> all($2::text[]) order by id`,
    [application.id, chosenGroups(target, answers)],
  )
  for (const { id } of rows) {
    const reason = 'the group is not chosen any more'
    await moveTo(tx, { id, state: 'withdrawn', reason, at: trail.at })
    await tell(tx, trail, { application: await findApplication(tx, id), action: 'withdraw', reason })
    await tellApplicants(tx, trail, { event: 'application.withdrawn', applications: [id] })
  }
}
