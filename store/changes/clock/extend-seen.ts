import { decideAct } from '../../../core/lifecycle/acts/decide.ts'
import type { Tx } from '../../pool.ts'
import { findSet, readStandings } from '../memberships/read-standing.ts'
import { writeVerdicts, type AllowedAct } from '../memberships/write-verdicts.ts'
import { recordEvents } from '../trail.ts'
import type { ClockTurn } from './turn.ts'

/**
 * Extends those whose membership of the VO would end now and who were seen not long ago, where the rules of the VO say so; whom
 * the rules refuse an extension is left to end.
 */
export async function extendSeen(tx: Tx, turn: ClockTurn): Promise<void> {
  const users = await usersSeen(tx, turn)
  if (users.length === 0) return
  const { rows } = await tx.query<{ name: string }>('select name from vo where id = $1', [turn.vo])
  const [vo = ''] = rows.map(({ name }) => name)
  const set = await findSet(tx, { vo, group: undefined, now: turn.moment })
  const standings = await readStandings(tx, set, users)
  const request = { act: 'extend', today: set.today } as const
  const extended = users.flatMap((user): (AllowedAct & { readonly user: string })[] => {
    const found = standings.get(user)
    if (found === undefined) return []
    const verdict = decideAct({ set, standing: found.standing, request })
    return verdict.allowed ? [{ user, person: found.person, verdict, reason: reasonGiven }] : []
  })
  const trail = { ...turn.trail, at: turn.moment }
  await writeVerdicts(tx, trail, { set, acts: extended })
  await recordEvents(
    tx,
    turn.trail,
    extended.map(({ user, verdict }) => {
      const personal = { user, reason: reasonGiven, expires: verdict.write?.expires ?? null }
      return { action: 'extend', kind: 'Member', vo, name: vo, personal }
    }),
  )
}

const reasonGiven = 'seen not long before the end'

/** Whose membership would end on the day, and is extended then: who had no notice that it ends. */
async function usersSeen(tx: Tx, { vo, day, persons }: ClockTurn): Promise<string[]> {
  const { rows } = await tx.query<{ user: string }>(
    `with here as materialized (
       select id, spec, zone_of(id) as zone from vo where id = $1 and spec->'expiration' ? 'autoExtend'
     )
     select p.identities[1] as "user"
     from here
     join member mb on mb.vo_id = here.id and mb.person_id = any($2) and mb.expires = $3 and mb.status in ('VALID', 'INVALID')
     join person p on p.id = mb.person_id
     where is_extended_at_end(here.spec, mb, here.zone)
     order by 1`,
    [vo, persons, day],
  )
  return rows.map(({ user }) => user)
}
