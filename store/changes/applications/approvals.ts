import { stepsOf, tally, type Tally, type Vote } from '../../../core/applications/votes.ts'
import type { Tx } from '../../pool.ts'
import type { FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'

/** An approval with the act that gave it. */
export interface VoteRow extends Vote {
  readonly id: string
  /** Given beforehand, with an invitation. */
  readonly byInvitation: boolean
}

interface Row extends Pick<VoteRow, 'byInvitation' | 'id' | 'person' | 'step'> {
  readonly stands_for: number | null
}

/** Reads the approvals that count for an application under a policy. */
export async function readVotes(tx: Tx, { id, version }: FoundApplication, policy: string): Promise<VoteRow[]> {
  const { rows } = await tx.query<Row>(
    `select id::text, coalesce(person_id, 0) as person, for_person_id as stands_for, step, by_invitation as "byInvitation" from application_act
     where application_id = $1 and act = 'approve' and outcome = 'done' and version = $2 and policy = $3 order by id`,
    [id, version, policy],
  )
  return rows.map(({ stands_for, ...vote }) => ({ ...vote, standsFor: stands_for ?? undefined }))
}

/** Tells where the approval of an application stands. */
export async function approvals(tx: Tx, application: FoundApplication, target: ApplicationTarget): Promise<Tally> {
  return tally(stepsOf(target.form), await readVotes(tx, application, target.policy))
}
