import { showHolder, type HolderReference } from '../../../core/attributes/holder-reference.ts'
import { isPersonal } from '../../../core/attributes/holders.ts'
import type { IdentityRef, MemberStatus, UserId } from '../../../core/model/state.ts'
import type { Db } from '../../pool.ts'

/** A holder by its ids, with all that it lies in; null for what it has nothing to do with. */
export interface FoundHolder {
  readonly reference: HolderReference
  /** As it is shown: a person goes by the first identity. */
  readonly name: string
  /** As table attribute_value has it. */
  readonly subject: number
  readonly object: number
  readonly person: UserId | null
  readonly user: IdentityRef | null
  readonly vo: string | null
  readonly voId: number | null
  readonly groupId: number | null
  readonly resourceId: number | null
  readonly facilityId: number | null
  /** Of the person in the VO; null where that is no VO's, or the person no member. */
  readonly memberStatus: MemberStatus | null
}

interface HolderRow {
  readonly place: number
  readonly identity_id: number | null
  readonly person: number | null
  readonly user: IdentityRef | null
  readonly vo: string | null
  readonly vo_id: number | null
  readonly group_id: number | null
  readonly resource_id: number | null
  readonly facility_id: number | null
  readonly host_id: number | null
  readonly status: MemberStatus | null
}

/** Finds holders, each at its place in the list; undefined for those that are not there. */
export async function findHolders(
  db: Db,
  references: readonly HolderReference[],
): Promise<readonly (FoundHolder | undefined)[]> {
  const name = (index: number) => references.map(({ names }) => names[index] ?? null)
  const { rows } = await db.query<HolderRow>(
    `select x.place::integer - 1 as place, i.id as identity_id, p.id as person, p.identities[1] as "user",
       coalesce(vo.name, rvo.name) as vo, coalesce(vo.id, rvo.id) as vo_id, g.id as group_id, r.id as resource_id,
       coalesce(f.id, r.facility_id) as facility_id, h.id as host_id, mb.status
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
       as x(holder, one, two, three, four, "user", place)
     left join identity i on i.ref = x."user"
     left join person p on p.id = i.person_id
     left join vo on vo.name = x.one
       and x.holder in ('vo', 'member', 'group', 'resource', 'member-group', 'member-resource', 'group-resource')
     left join groups g on g.vo_id = vo.id and g.name = x.two and x.holder in ('group', 'member-group', 'group-resource')
     left join vo rvo on rvo.name = case x.holder when 'group-resource' then x.three else x.one end
       and x.holder in ('resource', 'member-resource', 'group-resource')
     left join resource r on r.vo_id = rvo.id and r.name = case x.holder when 'group-resource' then x.four else x.two end
     left join facility f on f.name = x.one and x.holder in ('facility', 'host', 'user-facility')
     left join facility_host h on h.facility_id = f.id and h.name = x.two and x.holder = 'host'
     left join member mb on (mb.vo_id, mb.person_id) = (vo.id, p.id)
     order by x.place`,
    [
      ...[references.map(({ holder }) => holder), name(0), name(1), name(2), name(3)],
      references.map(({ user }) => user ?? null),
    ],
  )
  return rows.map((row) => {
    const reference = references[row.place]
    return reference === undefined ? undefined : foundOf(reference, row)
  })
}

function foundOf(reference: HolderReference, row: HolderRow): FoundHolder | undefined {
  const key = keyOf(reference, row)
  if (key === undefined) return undefined
  const { user, vo, vo_id: voId, group_id: groupId, resource_id: resourceId, facility_id: facilityId } = row
  const named = reference.holder === 'identity' || user === null ? reference : { ...reference, user }
  return {
    ...{ reference, name: showHolder(named), subject: key[0], object: key[1] },
    ...{ person: isPersonal(reference.holder) ? row.person : null, user },
    ...{ vo, voId, groupId, resourceId, facilityId, memberStatus: row.status },
  }
}

/** Subject and object, where all that they name is there. */
function keyOf({ holder }: HolderReference, row: HolderRow): readonly [number, number] | undefined {
  const ids = {
    ...{ user: [row.person, 0], identity: [row.identity_id, 0], member: [row.person, row.vo_id] },
    ...{ 'user-facility': [row.person, row.facility_id], 'member-resource': [row.person, row.resource_id] },
    ...{ 'member-group': [row.person, row.group_id], 'group-resource': [row.group_id, row.resource_id] },
    ...{ vo: [row.vo_id, 0], group: [row.group_id, 0], resource: [row.resource_id, 0] },
    ...{ facility: [row.facility_id, 0], host: [row.host_id, 0] },
  } as const satisfies Record<typeof holder, readonly [number | null, number | null]>
  const [subject, object] = ids[holder]
  return subject === null || object === null ? undefined : [subject, object]
}
