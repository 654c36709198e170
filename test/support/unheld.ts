import type { Pool } from '../../store/index.ts'

/** Lists members of exclusive VOs whom nothing holds, as `vo user`: no row of the VO's own, nor of git, a source or a rule in a group. */
export async function unheldIn(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ said: string }>(
    `select vo.name || ' ' || p.identities[1] as said
     from vo join member mb on mb.vo_id = vo.id join person p on p.id = mb.person_id
     where vo.governs_members and vo.spec->'exclusive' = 'true' and not exists (
       select from membership m
       where (m.vo_id, m.person_id) = (mb.vo_id, mb.person_id) and (m.group_id is null or m.origin in ('config', 'sync', 'rule')))
     order by 1`,
  )
  return rows.map(({ said }) => said)
}

/** Counts those who have left an exclusive VO because nothing held them any more, other than by a commit. */
export async function countLeft(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from event e join event_detail d on d.event_id = e.id
     where e.action = 'end' and e.kind = 'Membership' and d.personal->>'reason' = 'nothing holds them any more'`,
  )
  return rows[0]?.count ?? 0
}
