import type { WhyAnswer } from '../../core/model/answers.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import { whyNotDerived } from './explain-derived.ts'
import type { Way } from './explain-chain.ts'
import { rulesNotTrue } from './explain-rule.ts'

type Fact = WhyAnswer['missing'][number]

/** Tells what stands between a person and a resource, the nearest first; with access, which services leave them out. */
export async function missingFacts(
  db: Db,
  asked: Asked,
  { access, way, isEnded }: { readonly access: boolean; readonly way: Way | undefined; readonly isEnded: boolean },
): Promise<Fact[]> {
  const { isPast } = asked.standing
  // Which values people had then is not kept.
  const left = isPast ? [] : [...(await lackedByServices(db, asked)), ...(await putAside(db, asked))]
  if (access) return [...left, ...(isPast ? [] : await acceptanceDue(db, asked))]
  const facts: Fact[] = []
  if (way === undefined && !isEnded) facts.push(...(await noGroup(db, asked)))
  facts.push(...(await aboutMembership(db, asked, left)))
  facts.push(...aboutGroups(asked, way))
  if (!asked.isWithinOffer) facts.push(outsideOffer(asked))
  return facts
}

function outsideOffer({ vo, resource, facility, standing: { isPast } }: Asked): Fact {
  const where = isPast
    ? `lay outside what facility "${facility}" offered`
    : `lies outside what facility "${facility}" offers`
  return { code: 'outside-offer', message: `resource "${vo}/${resource}" ${where}` }
}

function aboutGroups({ user, memberStatus }: Asked, way: Way | undefined): readonly Fact[] {
  if (way?.status !== 'EXPIRED' || memberStatus !== 'VALID') return []
  return [{ code: 'group-expired', message: `the membership of "${user}" in every assigned group is EXPIRED` }]
}

/** Tells why the membership in the VO itself gives no access; nothing where it is VALID. */
async function aboutMembership(db: Db, asked: Asked, left: readonly Fact[]): Promise<readonly Fact[]> {
  const { user, vo, memberStatus } = asked
  if (memberStatus === null) return [{ code: 'not-a-member', message: `"${user}" is not a member of VO "${vo}"` }]
  if (memberStatus === 'VALID') return []
  if (memberStatus === 'INVALID' && !asked.standing.isPast) {
    return [
      ...[...(await levelLacked(db, asked)), ...(await acceptanceDue(db, asked)), ...(await lackedByVo(db, asked))],
      ...[...left, ...(await lackedElsewhere(db, asked))],
    ]
  }
  const message = `the membership of "${user}" in VO "${vo}" is ${memberStatus}${ending(asked)}`
  return [{ code: 'member-not-valid', message }]
}

async function noGroup(db: Db, asked: Asked): Promise<Fact[]> {
  const { user, vo, resource, resourceId, standing } = asked
  const { assignment } = standing.relations(2)
  const { rows } = await db.query<{ name: string }>(
    `select vo.name || '/' || g.name as name
     from ${assignment} rg join groups g on g.id = rg.group_id join vo on vo.id = g.vo_id
     where rg.resource_id = $1 order by 1`,
    [resourceId, ...standing.moment],
  )
  if (rows.length === 0) return [{ code: 'no-groups', message: `no group is assigned to resource "${vo}/${resource}"` }]
  const names = rows.map(({ name }) => `"${name}"`).join(', ')
  const message = `"${user}" is in none of the groups assigned to resource "${vo}/${resource}": ${names}`
  const groups = standing.isPast ? [] : rows.map(({ name }) => name)
  return [{ code: 'not-in-a-group', message }, ...(await rulesNotTrue(db, groups, asked))]
}

async function levelLacked(db: Db, { user, vo, voId, personId, askedAt }: Asked): Promise<Fact[]> {
  const { rows } = await db.query<{ accepted: readonly number[]; levels: readonly number[] }>(
    `select vo.spec->'requires'->'loa' as accepted,
       array(select distinct loa from levels_on($2, day.today, zone_of($1)) order by 1) as levels
     from vo cross join lateral (select day_of($3, zone_of($1)) as today) day
     where vo.id = $1 and lacks_level(vo, $2, day.today)`,
    [voId, personId, askedAt],
  )
  return rows.map(({ accepted, levels }) => {
    const has = levels.length === 0 ? 'none is known' : `theirs is ${levels.join(', ')}`
    const message = `"${user}" has no identity of LoA ${accepted.join(' or ')}, which VO "${vo}" requires: ${has}`
    return { code: 'loa-missing', message }
  })
}

/** Terms that wait to be accepted, whether the time for it is over or not. */
async function acceptanceDue(db: Db, { user, vo, voId, personId, askedAt }: Asked): Promise<Fact[]> {
  const { rows } = await db.query<{ version: string; since: string; by: string; is_over: boolean }>(
    `select v.version, day_of(v.since, day.zone)::text as since, mb.accept_by::text as by, mb.accept_by <= day.today as is_over
     from vo join member mb on (mb.vo_id, mb.person_id) = (vo.id, $2)
     cross join lateral (select zone_of(vo.id) as zone, day_of($3, zone_of(vo.id)) as today) day
     cross join lateral (
       select * from terms_version v where v.vo_id = vo.id and not v.closed order by v.id desc limit 1) v
     where vo.id = $1 and mb.accept_by is not null and owes_acceptance(vo, $2, day.today, day.zone)`,
    [voId, personId, askedAt],
  )
  return rows.map(({ version, since, by, is_over: isOver }) => {
    const terms = `version "${version}" of the terms of VO "${vo}", in force since ${since}`
    return isOver
      ? { code: 'terms-missing', message: `"${user}" has not accepted ${terms}; the time for it was over on ${by}` }
      : { code: 'terms-due', message: `"${user}" has to accept ${terms}, before ${by}` }
  })
}

async function lackedByVo(db: Db, asked: Asked): Promise<Fact[]> {
  const { user, vo, voId, personId } = asked
  const { rows } = await db.query<{ attribute: string }>(
    `select q.attribute from vo_requirement q
     where q.vo_id = $1 and not exists (
       select 1 from attribute_value v
       where v.attribute = q.attribute and v.subject = $2 and v.object = case q.holder when 'member' then $1 else 0 end)
     order by 1`,
    [voId, personId],
  )
  return explained(
    db,
    asked,
    rows.map(({ attribute }) => ({
      attribute,
      message: `"${user}" has no ${attribute}, which VO "${vo}" requires`,
    })),
  )
}

/** Of what somebody has no value, and by which group they would have one. */
interface Lacked {
  readonly attribute: string
  readonly message: string
  readonly groupId?: number | null
  readonly voId?: number | null
}

/** Adds, of derived values, why there is none. */
async function explained(db: Db, asked: Asked, lacked: readonly Lacked[]): Promise<Fact[]> {
  const facts: Fact[] = []
  for (const { attribute, message, groupId = null, voId } of lacked) {
    const reasons = await whyNotDerived(db, [attribute], { ...asked, groupId, voId: voId ?? asked.voId })
    const reason = reasons.get(attribute)
    facts.push({ code: 'attribute-missing', message: reason === undefined ? message : `${message}: ${reason}` })
  }
  return facts
}

function ending({ memberStatus, memberExpires }: Asked): string {
  return memberStatus === 'EXPIRED' && memberExpires !== null ? `: it ended on ${memberExpires}` : ''
}

/** Whether a way `w` of person $2 lacks what `q` asks for; where there is no way, what $3, the VO, has. */
const isLacked = `not exists (
  select 1 from attribute_value v
  where v.attribute = q.attribute and v.subject = $2
    and v.object = case q.holder when 'member' then coalesce(w.vo_id, $3) when 'user-facility' then q.facility_id
      when 'member-resource' then q.resource_id when 'member-group' then w.group_id else 0 end)`

interface LackedRow {
  readonly attribute: string
  readonly service: string
  readonly groupId: number | null
  readonly voId: number | null
}

/** The group by whose way a value is missing, and its VO, where the value is of a member of the group. */
const byGroup = `case when q.holder = 'member-group' then w.group_id end as "groupId",
  case when q.holder = 'member-group' then w.vo_id end as "voId"`

/** Also what comes by itself once somebody is there, and did not: the service leaves them out, but nobody waits for it. */
async function lackedByServices(db: Db, asked: Asked): Promise<Fact[]> {
  const { user, resourceId, personId, voId } = asked
  const { rows } = await db.query<LackedRow>(
    `select distinct on (s.name, q.attribute) q.attribute, s.name as service, ${byGroup}
     from service_requirement q join service s on s.id = q.service_id
     left join reach w on w.resource_id = q.resource_id and w.person_id = $2
     where q.resource_id = $1 and ${isLacked}
     union all
     select distinct on (s.name, q.attribute) q.attribute, s.name as service, ${byGroup}
     from service_wish q join service s on s.id = q.service_id
     join reach w on w.resource_id = q.resource_id and w.person_id = $2
     where q.resource_id = $1 and ${isLacked}
     order by 2, 1`,
    [resourceId, personId, voId],
  )
  return explained(
    db,
    asked,
    rows.map(({ attribute, service, groupId, voId: inVo }) => ({
      ...{ attribute, groupId, voId: inVo },
      message: `"${user}" has no ${attribute}, which service "${service}" requires`,
    })),
  )
}

/** What keeps a new member INVALID may lie on another resource that the person reaches. */
async function lackedElsewhere(db: Db, asked: Asked): Promise<Fact[]> {
  const { user, resourceId, personId, voId } = asked
  const { rows } = await db.query<{ attribute: string; service: string; resource: string }>(
    `select distinct q.attribute, s.name as service, rv.name || '/' || r.name as resource
     from reach w join service_requirement q on q.resource_id = w.resource_id
     join service s on s.id = q.service_id join resource r on r.id = q.resource_id join vo rv on rv.id = r.vo_id
     where w.person_id = $2 and w.vo_id = $3 and q.resource_id <> $1 and ${isLacked}
     order by 3, 2, 1`,
    [resourceId, personId, voId],
  )
  return explained(
    db,
    asked,
    rows.map(({ attribute, service, resource }) => ({
      attribute,
      message: `"${user}" has no ${attribute}, which service "${service}" on resource "${resource}" requires of a new member`,
    })),
  )
}

/** What the person chose, and a list has no more. */
async function putAside(db: Db, { user, resourceId, facilityId, personId, voId }: Asked): Promise<Fact[]> {
  const { rows } = await db.query<{ attribute: string; value: string; list: string | null }>(
    `select o.attribute, o.value #>> '{}' as value, broken_list(o.attribute, o.subject, o.object, o.value) as list
     from attribute_outside o
     where o.subject = $1 and o.object = case split_part(o.attribute, '.', 1) when 'member' then $2 when 'user-facility' then $3
       when 'member-resource' then $4 else o.object end
     order by 1`,
    [personId, voId, facilityId, resourceId],
  )
  return rows.map(({ attribute, value, list }) => ({
    code: 'attribute-outside',
    message: `"${user}" chose ${value} as ${attribute}, which is not in ${list ?? 'its list'} any more, so it counts as missing`,
  }))
}
