import { keyPlace } from '../../../core/notifications/key-place.ts'
import type { InvitationEvent } from '../../../core/notifications/events.ts'
import type { Tx } from '../../pool.ts'
import { draftSelected } from '../mail-drafts.ts'

const event: InvitationEvent = 'invitation.sent'

/** Drafts the mail of each of these invitations; the key comes into it when it goes out. */
export async function sendInvitations(
  tx: Tx,
  { ids, at }: { readonly ids: readonly number[]; readonly at: Date },
): Promise<void> {
  await draftSelected(tx, {
    select: `select mail_key(i) as key, $1::text as event, i.vo_id as vo, null::integer as person, null::integer as application,
        i.address as recipient, i.language, jsonb_build_object(
          'vo', jsonb_build_object('name', vo.name, 'title', coalesce(vo.title, vo.name)),
          'user', jsonb_build_object('identity', '', 'displayName', coalesce(i.name, i.address)),
          'invitation', jsonb_build_object(
            'id', i.id, 'for', vo.name || coalesce('/' || g.name, ''), 'title', coalesce(g.title, g.name, vo.title, vo.name),
            'isToGroup', g.id is not null, 'isPreApproved', i.is_pre_approved, 'lastDay', (i.until - 1)::text, 'message', i.message,
            'inviter', coalesce(value_of_person('user.displayName', i.person_id), i.actor), 'key', $2::text)) as tags
      from invitation i join vo on vo.id = i.vo_id left join groups g on g.id = i.group_id where i.id = any($3)`,
    parameters: [event, keyPlace, ids],
    at,
  })
}
