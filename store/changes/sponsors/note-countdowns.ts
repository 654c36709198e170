import type { Tx } from '../../pool.ts'
import { notedOnce } from '../note-once.ts'

interface Leaving {
  readonly vo: number
  readonly guests: readonly number[]
  readonly at: Date
}

/** Notes for guests whose countdown has begun, and for the sponsors who left them, that it has, where the VO gives notices. */
export async function noteCountdowns(tx: Tx, { vo, guests, at }: Leaving): Promise<void> {
  if (guests.length === 0) return
  await tx.query(
    `with leaving as materialized (
       select s.person_id, s.sponsor_id, s.expires from sponsorship s
       join vo on vo.id = s.vo_id and vo.spec ? 'notices'
       join member mb on (mb.vo_id, mb.person_id, mb.expires) = (s.vo_id, s.person_id, s.expires)
       where s.vo_id = $1 and s.person_id = any($2) and s.leaving is not null and s.status = 'VALID'
         and mb.status in ('VALID', 'INVALID')
     )
     insert into notice (vo_id, person_id, guest_id, kind, date, due_at)
     select $1, person_id, null, 'countdown', expires, $3::timestamptz from leaving
     union
     select $1, sponsor_id, person_id, 'countdown', expires, $3 from leaving where sponsor_id is not null
     ${notedOnce}`,
    [vo, guests, at],
  )
}
