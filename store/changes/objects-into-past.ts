import type { ConfigKind } from '../../core/model/config-object.ts'
import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { endBansFrom } from './bans.ts'
import { endDelegationsIn } from './delegations/end-delegations.ts'
import type { Trail } from './trail.ts'

const kept: ReadonlySet<ConfigKind> = new Set(['VO', 'Group', 'Resource', 'Facility', 'Service'])

/** Keeps what objects were called and where they lay, of those that get another name or, as resources, another facility; before they do. */
export async function keepFormerNames(tx: Tx, changes: readonly DocumentChange[], at: Date): Promise<void> {
  for (const kind of new Set(changes.map((change) => change.kind))) {
    const ids = changes.flatMap((change) =>
      change.kind === kind && change.have !== undefined && isElsewhere(change) ? [change.have.id] : [],
    )
    await intoPast(tx, { kind, ids, at })
  }
}

function isElsewhere({ have, want }: DocumentChange): boolean {
  if (have === undefined || want === undefined) return false
  if (have.name !== want.name) return true
  return have.kind === 'Resource' && want.kind === 'Resource' && have.spec.facility !== want.spec.facility
}

/** Keeps what is known of documents that are about to be deleted: names and places, offers, that they were over, and bans from them. */
export async function keepGone(tx: Tx, trail: Trail, removed: readonly DocumentChange[]): Promise<void> {
  const of = (kind: ConfigKind) =>
    removed.flatMap((change) => (change.kind === kind && change.have !== undefined ? [change.have.id] : []))
  const [vos, resources, facilities] = [of('VO'), of('Resource'), of('Facility')]
  const groups = [...of('Group'), ...(await membersGroups(tx, vos))]
  const { at } = trail
  for (const [kind, ids] of [
    ['VO', vos],
    ['Group', groups],
    ['Resource', resources],
    ['Facility', facilities],
    ['Service', of('Service')],
  ] as const)
    await intoPast(tx, { kind, ids, at })
  if (vos.length + groups.length + resources.length > 0) await endingsIntoPast(tx, { vos, groups, resources, at })
  if (resources.length > 0) await offersIntoPast(tx, resources, at)
  if (vos.length + resources.length + facilities.length > 0)
    await endBansFrom(tx, trail, { vos, resources, facilities })
  if (vos.length > 0) await endDelegationsIn(tx, trail, vos)
}

async function intoPast(
  tx: Tx,
  { kind, ids, at }: { readonly kind: ConfigKind; readonly ids: readonly number[]; readonly at: Date },
): Promise<void> {
  if (ids.length === 0 || !kept.has(kind)) return
  await tx.query(
    `insert into object_past (kind, object_id, vo_id, name, facility_id, began, ended)
     select o.kind, o.id, o.vo_id, o.name, o.facility_id, before.ended, $3
     from named_object o
     cross join lateral (
       select coalesce(max(p.ended), '-infinity') as ended from object_past p where (p.kind, p.object_id) = (o.kind, o.id)
     ) before
     where o.kind = $1 and o.id = any($2) and before.ended < $3`,
    [kind, ids, at],
  )
}

async function membersGroups(tx: Tx, vos: readonly number[]): Promise<number[]> {
  if (vos.length === 0) return []
  const { rows } = await tx.query<{ id: number }>('select id from groups where vo_id = any($1) and is_members', [vos])
  return rows.map(({ id }) => id)
}

interface Leaving {
  readonly vos: readonly number[]
  readonly groups: readonly number[]
  readonly resources: readonly number[]
  readonly at: Date
}

async function endingsIntoPast(tx: Tx, { vos, groups, resources, at }: Leaving): Promise<void> {
  await tx.query(
    `insert into over_past (kind, object_id, began, ended)
     select kind, id, over_since, $4 from ending
     where over_since < $4 and case kind when 'VO' then id = any($1) when 'Group' then id = any($2) else id = any($3) end`,
    [vos, groups, resources, at],
  )
}

async function offersIntoPast(tx: Tx, resources: readonly number[], at: Date): Promise<void> {
  await tx.query(
    `insert into offer_past (resource_id, within_offer, accepts, began, ended)
     select id, within_offer, accepts, coalesce(offer_since, '-infinity'), $2 from resource
     where id = any($1) and coalesce(offer_since, '-infinity') < $2`,
    [resources, at],
  )
}
