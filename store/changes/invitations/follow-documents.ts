import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { endInvitationsToWhatIsGone } from './end-invitations.ts'
import { wakeInvitations } from './wake-invitations.ts'

/** Ends invitations to what a commit has deleted, and has those looked at again whose VO has another name or time zone now. */
export async function followDocuments(tx: Tx, trail: Trail, documents: readonly DocumentChange[]): Promise<void> {
  if (documents.some(({ kind, action }) => action === 'remove' && (kind === 'Group' || kind === 'VO')))
    await endInvitationsToWhatIsGone(tx, trail)
  const moved = documents.filter(({ action, fields }) => action === 'move' || fields.includes('timeZone'))
  const names = moved.flatMap(({ kind, name }) => (kind === 'VO' ? [name] : []))
  const isEverywhere = moved.some(({ kind }) => kind === 'Instance')
  if (names.length === 0 && !isEverywhere) return
  const { rows } = await tx.query<{ id: number }>(
    `select i.id from invitation i join vo on vo.id = i.vo_id
     where i.state = 'open' and not i.is_ended_by_clock and ($2 or vo.name = any($1))`,
    [names, isEverywhere],
  )
  await wakeInvitations(
    tx,
    rows.map(({ id }) => id),
  )
}
