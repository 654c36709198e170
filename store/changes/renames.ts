import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

/**
 * Carries over what is kept by name: losses, changes that are held by themselves, the generations and counters of a facility or
 * service, and the values of an attribute, also those that nobody gets again. Not so held commits and frozen scopes: neither name of a VO is frozen where a rename is applied, and what
 * is held of the old one has ended.
 */
export async function followRenames(tx: Tx, documents: readonly DocumentChange[]): Promise<void> {
  const renamed = documents.flatMap(({ action, have, want }) =>
    action === 'move' && have !== undefined && want !== undefined && have.name !== want.name
      ? [{ kind: want.kind, vo: want.vo ?? '', from: have.name, to: want.name }]
      : [],
  )
  if (renamed.length === 0) return
  await carry(tx, carried, renamed)
  for (const step of stepsOf(renamed.filter(({ kind }) => kind === 'Attribute'))) await carry(tx, ofAttributes, step)
}

interface Renamed {
  readonly kind: string
  readonly vo: string
  readonly from: string
  readonly to: string
}

async function carry(tx: Tx, statements: readonly string[], renamed: readonly Renamed[]): Promise<void> {
  for (const statement of statements) await tx.query(`with x as (${recordset}) ${statement}`, [JSON.stringify(renamed)])
}

/** Where one takes the name that another one gives up, all go by names in between that nothing has. */
function stepsOf(renamed: readonly Renamed[]): (readonly Renamed[])[] {
  if (renamed.length === 0) return []
  const former = new Set(renamed.map(({ from }) => from))
  if (renamed.every(({ to }) => !former.has(to))) return [renamed]
  const between = (name: string) => `to ${name}`
  return [
    renamed.map((one) => ({ ...one, to: between(one.to) })),
    renamed.map((one) => ({ ...one, from: between(one.to) })),
  ]
}

const recordset = 'select * from json_to_recordset($1::json) as r(kind text, vo text, "from" text, "to" text)'

const carried = [
  `, ${moved(`x.kind = 'VO' and l.vo = x."from"`, { vo: 'x."to"', name: `case l.kind when 'vo' then x."to" else l.name end` })}`,
  `, ${moved(`l.kind = lower(x.kind) and l.name = x."from" and l.vo = x.vo`, { vo: 'l.vo', name: 'x."to"' })}`,
  `update loss l set scope = 'vo:' || x."to" from x where x.kind = 'VO' and l.scope = 'vo:' || x."from"`,
  `, followed as (
     update hold h set scope = 'vo:' || x."to" from x
     where x.kind = 'VO' and h.scope = 'vo:' || x."from" and h.kind <> 'commit' and h.closed_at is null
     returning h.id, 'vo:' || x."from" as left_scope
   )
   insert into hold_wake (hold_id, left_scope) select id, left_scope from followed`,
  `insert into snapshot_head (facility, service, generation)
   select x."to", h.service, h.generation from x join snapshot_head h on x.kind = 'Facility' and h.facility = x."from"
   on conflict (facility, service) do update set generation = greatest(snapshot_head.generation, excluded.generation)`,
  `insert into snapshot_head (facility, service, generation)
   select h.facility, x."to", h.generation from x join snapshot_head h on x.kind = 'Service' and h.service = x."from"
   on conflict (facility, service) do update set generation = greatest(snapshot_head.generation, excluded.generation)`,
  `insert into attribute_counter (attribute, per, next)
   select c.attribute, x."to", c.next from x join attribute_counter c on x.kind in ('Facility', 'VO') and c.per = x."from"
   on conflict (attribute, per) do update set next = greatest(attribute_counter.next, excluded.next)`,
]

const ofAttributes = [
  `, gone as (
     delete from attribute_counter c using x where c.attribute = x."from" returning x."to" as attribute, c.per, c.next
   )
   insert into attribute_counter (attribute, per, next) select attribute, per, next from gone
   on conflict (attribute, per) do update set next = greatest(attribute_counter.next, excluded.next)`,
  `update attribute_value v set attribute = x."to" from x where v.attribute = x."from"`,
  `update attribute_outside v set attribute = x."to" from x where v.attribute = x."from"`,
  `update attribute_aside v set attribute = x."to" from x where v.attribute = x."from"`,
  `update attribute_unique v set attribute = x."to" from x where v.attribute = x."from"`,
  `update derived_claim v set attribute = x."to" from x where v.attribute = x."from"`,
  `, gone as (
     delete from retired_value v using x where v.attribute = x."from"
     returning x."to" as attribute, v.within, v.hash, v.person_id
   )
   insert into retired_value (attribute, within, hash, person_id) select attribute, within, hash, person_id from gone
   on conflict do nothing`,
]

/** Losses under a new name, where somebody may have lost as much of what had that name before: the later loss counts. */
function moved(which: string, { vo, name }: { readonly vo: string; readonly name: string }): string {
  return `moved as (
     delete from loss l using x where ${which} returning l.scope, l.kind, ${vo} as vo, ${name} as name, l.person_id, l.at
   )
   insert into loss (scope, kind, vo, name, person_id, at) select scope, kind, vo, name, person_id, at from moved
   on conflict (kind, vo, name, person_id) do update set scope = excluded.scope, at = greatest(loss.at, excluded.at)`
}
