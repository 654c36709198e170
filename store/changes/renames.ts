import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

/** Carries over what is kept by name: losses, holds and frozen scopes of a VO, and the generations of a facility or service. */
export async function followRenames(tx: Tx, documents: readonly DocumentChange[]): Promise<void> {
  const renamed = documents.flatMap(({ action, have, want }) =>
    action === 'move' && have !== undefined && want !== undefined && have.name !== want.name
      ? [{ kind: want.kind, vo: want.vo ?? '', from: have.name, to: want.name }]
      : [],
  )
  if (renamed.length === 0) return
  for (const statement of carried) await tx.query(`with x as (${recordset}) ${statement}`, [JSON.stringify(renamed)])
}

const recordset = 'select * from json_to_recordset($1::json) as r(kind text, vo text, "from" text, "to" text)'

const carried = [
  `update loss l set vo = x."to" from x where x.kind = 'VO' and l.vo = x."from"`,
  `update loss l set name = x."to" from x
   where l.kind = lower(x.kind) and l.name = x."from" and l.vo = x.vo and not exists (
     select 1 from loss o where (o.kind, o.vo, o.name, o.person_id) = (l.kind, l.vo, x."to", l.person_id))`,
  `insert into snapshot_head (facility, service, generation)
   select x."to", h.service, h.generation from x join snapshot_head h on x.kind = 'Facility' and h.facility = x."from"
   on conflict (facility, service) do update set generation = greatest(snapshot_head.generation, excluded.generation)`,
  `insert into snapshot_head (facility, service, generation)
   select h.facility, x."to", h.generation from x join snapshot_head h on x.kind = 'Service' and h.service = x."from"
   on conflict (facility, service) do update set generation = greatest(snapshot_head.generation, excluded.generation)`,
]
