import { parseAttribute } from '../core/config/references.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { Query } from './copy-out.ts'
import { isBlockedHere } from './delivery-blocks.ts'

/** What the queries of one snapshot depend on. */
export interface Place {
  readonly facilityId: number
  readonly serviceId: number
  /** Whom the files show besides people with access. */
  readonly shows: { readonly expired: boolean; readonly banned: boolean }
  /** Whether anybody is banned from anything; most of the time nobody is, and nobody has to look. */
  readonly hasBans: boolean
  /** Whether operators keep anybody out of files of this facility. */
  readonly hasBlocks: boolean
  /** Whether the files say who is no person and who answers for it, and there are such accounts. */
  readonly tellsAccounts: boolean
  /** Whether an offer here asks for a level of assurance. */
  readonly hasLevels: boolean
  readonly attributes: readonly {
    readonly name: string
    /** After the facility's `use`. */
    readonly source: string
    readonly ofPerson: boolean
    readonly required: boolean
    readonly fallback: JsonValue | undefined
  }[]
}

/** A statement that takes its parameters beside it. */
interface ThingsQuery {
  readonly text: string
  readonly values: unknown[]
}

/** Every resource of the facility with the service, also those without access. */
export function resourcesQuery(place: Place): ThingsQuery {
  return {
    text: `select r.id, vo.name as vo, r.name, coalesce(r.spec->'capabilities', '[]') as capabilities, ${heldBy('r', 'resource')} as held
      from resource r join vo on vo.id = r.vo_id join resource_service rs on rs.resource_id = r.id
      where r.facility_id = $1 and rs.service_id = $2
      order by vo.name, r.name`,
    values: [place.facilityId, place.serviceId, sourcesOf(place)],
  }
}

/** The groups assigned to these resources, with their subgroups where the assignment says so. */
export function groupsQuery(place: Place): ThingsQuery {
  return {
    text: `select g.id, vo.name as vo, g.name, ${heldBy('g', 'group')} as held
      from groups g join vo on vo.id = g.vo_id
      where g.id in (
        select case when rg.subgroups then lower.id else rg.group_id end
        from resource r
        join resource_service rs on rs.resource_id = r.id
        join resource_group rg on rg.resource_id = r.id
        join groups top on top.id = rg.group_id
        left join groups lower on rg.subgroups and lower.vo_id = top.vo_id
          and (lower.id = top.id or starts_with(lower.name, top.name || ':'))
        where r.facility_id = $1 and rs.service_id = $2 and r.within_offer and r.is_lasting)
      order by vo.name, g.name`,
    values: [place.facilityId, place.serviceId, sourcesOf(place)],
  }
}

/** The groups assigned to these resources with what they have there, by resource. */
export function groupsOnResourcesQuery(place: Place): ThingsQuery {
  return {
    text: `select rg.resource_id as resource, vo.name as vo, g.name, (
        select coalesce(jsonb_object_agg(v.attribute, v.value), '{}') from attribute_value v
        where v.attribute like 'group-resource.%' and v.attribute = any($3) and (v.subject, v.object) = (rg.group_id, rg.resource_id)
      ) as held
      from resource r
      join resource_service rs on rs.resource_id = r.id
      join resource_group rg on rg.resource_id = r.id
      join groups g on g.id = rg.group_id
      join vo on vo.id = g.vo_id
      where r.facility_id = $1 and rs.service_id = $2
      order by vo.name, g.name`,
    values: [place.facilityId, place.serviceId, sourcesOf(place)],
  }
}

/** The values of the facility, and of each of its hosts: the facility stands first, without a name. */
export function facilityQuery(place: Place): ThingsQuery {
  const held = (holder: string, subject: string): string => `(
    select coalesce(jsonb_object_agg(v.attribute, v.value), '{}') from attribute_value v
    where v.attribute like '${holder}.%' and v.attribute = any($2) and v.subject = ${subject} and v.object = 0)`
  return {
    text: `select null as name, ${held('facility', '$1')} as held
      union all
      select * from (select h.name, ${held('host', 'h.id')} from facility_host h where h.facility_id = $1 order by h.name) hosts`,
    values: [place.facilityId, sourcesOf(place)],
  }
}

export function accountsQuery(place: Place): Query {
  return accounts(place, { index: '0', grouped: accessHere(place, '0'), order: '' })
}

/** Only those who lack something that is required, or whom an operator keeps out; undefined where neither can be. */
export function leftOutQuery(place: Place): Query | undefined {
  if (!place.hasBlocks && !place.attributes.some(isDemanded)) return undefined
  return accounts(place, { onlyIncomplete: true, index: '0', grouped: accessHere(place, '0'), order: '' })
}

export function membersQuery(place: Place, resourceIds: readonly number[]): Query {
  const grouped = accessHere(place, 'array_position($3::integer[], a.resource_id) - 1')
  return accounts(place, { index: 'x.place', grouped, order: 'x.place,', ids: resourceIds, within: 'resource' })
}

export function groupMembersQuery(place: Place, groupIds: readonly number[]): Query {
  const grouped = `
    select held.place, held.person_id, greatest(mb.status, held.status) as status
      ${place.hasBans ? `, ${isBannedInGroup} as is_banned` : ''}
    from (
      select w.place - 1 as place, g.vo_id, m.person_id, min(m.status) as status, g.id as group_id
      from unnest($3::integer[]) with ordinality as w(id, place)
      join groups g on g.id = w.id
      join closure c on c.above = w.id
      join membership m on m.group_id = c.below
      group by 1, 2, 3, 5
      union all
      select w.place - 1, g.vo_id, mb.person_id, 'VALID'::status, g.id
      from unnest($3::integer[]) with ordinality as w(id, place)
      join groups g on g.id = w.id and g.is_members
      join closure c on (c.above, c.below) = (g.id, g.id)
      join member mb on mb.vo_id = g.vo_id
    ) held
    join member mb on (mb.vo_id, mb.person_id) = (held.vo_id, held.person_id)
    where $1::integer is not null and $2::integer is not null ${place.hasLevels ? `and ${isAcceptedInGroup}` : ''}`
  return accounts(place, { index: 'x.place', grouped, order: 'x.place,', ids: groupIds, within: 'group' })
}

/**
 * Everybody who reaches a resource here that carries the service, with the best status over all ways. Written out and
 * not over view access: from the tables PostgreSQL knows how many rows to expect, and so which joins to take.
 */
function accessHere({ hasBans, hasLevels }: Place, place: string): string {
  const here = `r.facility_id = $1 and rs.service_id = $2 and r.within_offer and r.is_lasting${hasLevels ? ` and ${isAccepted}` : ''}`
  const ways = `
      select r.id as resource_id, m.person_id, m.vo_id, greatest(mb.status, m.status) as status
      from resource r
      join resource_service rs on rs.resource_id = r.id
      join resource_group rg on rg.resource_id = r.id
      join closure c on c.above = rg.group_id
      join membership m on m.group_id = c.below
      join member mb on mb.vo_id = m.vo_id and mb.person_id = m.person_id
      where ${here}
      union all
      select r.id, mb.person_id, mb.vo_id, mb.status
      from resource r
      join resource_service rs on rs.resource_id = r.id
      join resource_group rg on rg.resource_id = r.id
      join groups g on g.id = rg.group_id and g.is_members
      join closure c on (c.above, c.below) = (g.id, g.id)
      join member mb on mb.vo_id = g.vo_id
      where ${here}`
  if (!hasBans) return `select ${place} as place, a.person_id, min(a.status) as status from (${ways}) a group by 1, 2`
  return `
    select ${place} as place, a.person_id, bool_and(b.id is not null) as is_banned,
      coalesce(min(a.status) filter (where b.id is null), min(a.status)) as status
    from (${ways}) a
    left join ban b on b.person_id = a.person_id
      and (b.vo_id = a.vo_id or b.resource_id = a.resource_id or b.facility_id = $1)
    group by 1, 2`
}

const isAccepted = '(r.accepts is null or mb.levels && r.accepts)'

/** A group leads people to a resource here whose offer takes their levels. */
const isAcceptedInGroup = `exists (
  select from resource r
  join resource_service rs on rs.resource_id = r.id and rs.service_id = $2
  join resource_group rg on rg.resource_id = r.id
  join closure c on c.above = rg.group_id and c.below = held.group_id
  where r.facility_id = $1 and r.within_offer and r.is_lasting and ${isAccepted})`

/** A ban from the VO or the facility counts in all its groups, one from a resource where a group leads to no other one here. */
const isBannedInGroup = `(
  exists (select from ban b where b.person_id = held.person_id and (b.vo_id = held.vo_id or b.facility_id = $1))
  or exists (select from ban b join resource r on r.id = b.resource_id and r.facility_id = $1 where b.person_id = held.person_id)
    and not exists (
      select from resource r
      join resource_service rs on rs.resource_id = r.id and rs.service_id = $2
      join resource_group rg on rg.resource_id = r.id
      join closure c on c.above = rg.group_id and c.below = held.group_id
      where r.facility_id = $1 and r.within_offer and r.is_lasting
        and not exists (select from ban b where b.person_id = held.person_id and b.resource_id = r.id)))`

interface AccountsForm {
  /** Leaves away those who have all that is required. */
  readonly onlyIncomplete?: true
  readonly index: string
  readonly grouped: string
  readonly order: string
  readonly ids?: readonly number[]
  /** What the ids are of; without them everybody here is asked for. */
  readonly within?: 'group' | 'resource'
}

function accounts(place: Place, { onlyIncomplete, index, grouped, order, ids, within }: AccountsForm): Query {
  const ofPeople = place.attributes.filter(({ ofPerson }) => ofPerson)
  const values: Query['values'][number][] = [place.facilityId, place.serviceId, ...(ids === undefined ? [] : [ids])]
  const joins = ofPeople.map(({ source }, at) => {
    values.push(source)
    const way = ways[parseAttribute(source).holder]
    if (way !== undefined) return valueByWay(`v${at}`, { attribute: `$${values.length}`, way, within })
    const object = source.startsWith('user-facility.') ? '$1' : '0'
    return `left join attribute_value v${at} on (v${at}.attribute, v${at}.subject, v${at}.object) = ($${values.length}, x.person_id, ${object})`
  })
  const missing = [
    ...ofPeople.flatMap((attribute, at) => (isDemanded(attribute) ? [`v${at}.value is null`] : [])),
    ...(place.hasBlocks ? [isBlockedHere] : []),
  ]
  return {
    text: `select ${index}, p.identities, x.status ${ofPeople.map((_, at) => `, v${at}.value`).join('')} ${columnsBeside(place)}
      from (${grouped}) x
      join person p on p.id = x.person_id
      ${joins.join('\n')}
      ${place.tellsAccounts ? `left join (${accountsAnsweredFor}) account on account.person_id = x.person_id` : ''}
      where x.status <= '${place.shows.expired ? 'EXPIRED' : 'VALID'}'
        ${place.hasBans && !place.shows.banned ? 'and not x.is_banned' : ''}
        ${onlyIncomplete ? `and (${missing.join(' or ')})` : ''}
      order by ${order} p.identities[1]`,
    values,
  }
}

function columnsBeside({ hasBans, hasBlocks, tellsAccounts }: Place): string {
  const columns = [
    ...(hasBans ? [', x.is_banned'] : []),
    ...(hasBlocks ? [`, ${isBlockedHere}`] : []),
    ...(tellsAccounts ? [', account.owners, account.purpose'] : []),
  ]
  return columns.join('')
}

/** Each with its owners, worked out once for all of them. */
const accountsAnsweredFor = `
  select a.person_id, a.purpose,
    array(select owner.identities[1] from person owner where owner.id = any(a.owners) order by 1) as owners
  from owned_account a offset 0`

/** What values belong to that are of a way to a resource, and not of the person alone. */
const ways: Readonly<Record<string, string>> = {
  ...{ member: 'reach.vo_id', 'member-resource': 'reach.resource_id', 'member-group': 'reach.group_id' },
}

/** The value by the way with the best status, and of several such the one by the oldest resource and group. */
function valueByWay(
  alias: string,
  {
    attribute,
    way,
    within,
  }: { readonly attribute: string; readonly way: string; readonly within: AccountsForm['within'] | undefined },
): string {
  const here = {
    resource: 'and r.id = ($3::integer[])[x.place + 1]',
    // A subgroup is reached by itself, whatever group above it is assigned.
    group: `and reach.vo_id = (select g.vo_id from groups g where g.id = ($3::integer[])[x.place + 1])`,
  }
  const object = within === 'group' && way === 'reach.group_id' ? '($3::integer[])[x.place + 1]' : way
  return `left join lateral (
    select w.value
    from reach
    join resource r on r.id = reach.resource_id and r.facility_id = $1 and r.within_offer
    join resource_service rs on rs.resource_id = r.id and rs.service_id = $2
    join member mb on (mb.vo_id, mb.person_id) = (reach.vo_id, reach.person_id)
    join attribute_value w on (w.attribute, w.subject, w.object) = (${attribute}, x.person_id, ${object})
    where reach.person_id = x.person_id ${within === undefined ? '' : here[within]}
    order by greatest(mb.status, reach.status), r.id, reach.group_id limit 1
  ) ${alias} on true`
}

/** Whoever has no value is left out. */
export function isDemanded({ ofPerson, required, fallback }: Place['attributes'][number]): boolean {
  return ofPerson && required && fallback === undefined
}

function heldBy(alias: string, holder: 'group' | 'resource'): string {
  return `(select coalesce(jsonb_object_agg(v.attribute, v.value), '{}')
    from attribute_value v
    where v.object = 0 and v.attribute = any($3)
      and (v.subject = ${alias}.id and v.attribute like '${holder}.%' or v.subject = ${alias}.vo_id and v.attribute like 'vo.%'))`
}

/** Values of things are few, and holders of other kinds share their ids: only the kind's own names are asked for. */
export function sourcesOf(place: Place): string[] {
  return place.attributes.filter(({ ofPerson }) => !ofPerson).map(({ source }) => source)
}
