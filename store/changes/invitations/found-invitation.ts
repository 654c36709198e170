import type { InvitationState } from '../../../core/invitations/invitation.ts'
import type { Tx } from '../../pool.ts'
import { recordEvents, type Trail } from '../trail.ts'

/** An invitation as it stands, locked to the end of the transaction. */
export interface FoundInvitation {
  readonly id: number
  /** By names as they are now, or as they were last. */
  readonly vo: string
  readonly group: string | undefined
  readonly address: string | undefined
  readonly language: string | undefined
  readonly state: InvitationState
  /** The first day on which it counts no more. */
  readonly until: string
  /** Today in the VO's time zone; undefined where the VO is gone. */
  readonly today: string | undefined
  readonly isTargetGone: boolean
  readonly sending: number
}

interface InvitationRow {
  readonly id: number
  readonly vo: string
  readonly group: string | null
  readonly address: string | null
  readonly language: string | null
  readonly state: InvitationState
  readonly until: string
  readonly today: string | null
  readonly is_target_gone: boolean
  readonly sending: number
}

/** Finds invitations and locks them, in the order of their numbers. Whoever writes locks their VOs before. */
export async function findInvitations(
  tx: Tx,
  { ids, now }: { readonly ids: readonly number[]; readonly now: Date },
): Promise<ReadonlyMap<number, FoundInvitation>> {
  const { rows } = await tx.query<InvitationRow>(
    `select i.id, coalesce(vo.name, i.vo) as vo, case when i.group_id is null then i.group_name else g.name end as "group",
       i.address, i.language, i.state, i.until::text as until, i.sending,
       case when vo.id is not null then day_of($2, zone_of(vo.id))::text end as today,
       i.vo_id is null or (i.group_name is not null and i.group_id is null) as is_target_gone
     from invitation i left join vo on vo.id = i.vo_id left join groups g on g.id = i.group_id
     where i.id = any($1) order by i.id for update of i`,
    [ids, now],
  )
  return new Map(
    rows.map(({ id, vo, group, address, language, state, until, today, is_target_gone: isTargetGone, sending }) => [
      id,
      {
        ...{ id, vo, group: group ?? undefined, address: address ?? undefined, language: language ?? undefined },
        ...{ state, until, today: today ?? undefined, isTargetGone, sending },
      },
    ]),
  )
}

/** The VOs of invitations, by which whoever changes them locks. */
export async function vosOfInvitations(tx: Tx, ids: readonly number[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    'select distinct vo.name from invitation i join vo on vo.id = i.vo_id where i.id = any($1)',
    [ids],
  )
  return rows.map(({ name }) => name)
}

interface Told {
  readonly invitation: FoundInvitation
  readonly action: string
  readonly reason?: string
  readonly more?: object
}

/** Records what was done with an invitation. */
export async function tellInvitation(
  tx: Tx,
  trail: Trail,
  { invitation, action, reason = '', more }: Told,
): Promise<void> {
  const { id, vo, group, address } = invitation
  const name = group === undefined ? vo : `${vo}/${group}`
  const personal = { invitation: id, address, ...more, ...(reason !== '' && { reason }) }
  await recordEvents(tx, trail, [{ action, kind: 'Invitation', vo, name, personal }])
}
