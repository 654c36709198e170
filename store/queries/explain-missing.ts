import { describeLists, type ListAround } from '../../core/attributes/lists.ts'
import type { WhyAnswer } from '../../core/model/answers.ts'
import { listsAround } from '../changes/values/settle-outside.ts'
import type { Db } from '../pool.ts'
import type { Asked } from './explain.ts'
import type { Way } from './explain-chain.ts'
import { aboutMembership, acceptanceDue, byGroup, explained, isLacked, type LackedRow } from './explain-member.ts'
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

async function noGroup(db: Db, asked: Asked): Promise<Fact[]> {
  const { user, vo, resource, resourceId, standing } = asked
  const { assignment, group, vo: vos } = standing.relations(2)
  const { rows } = await db.query<{ name: string }>(
    `select vo.name || '/' || g.name as name
     from ${assignment} rg join ${group} g on g.id = rg.group_id join ${vos} vo on vo.id = g.vo_id
     where rg.resource_id = $1 order by 1`,
    [resourceId, ...standing.moment],
  )
  if (rows.length === 0) return [{ code: 'no-groups', message: `no group is assigned to resource "${vo}/${resource}"` }]
  const names = rows.map(({ name }) => `"${name}"`).join(', ')
  const message = `"${user}" is in none of the groups assigned to resource "${vo}/${resource}": ${names}`
  const groups = standing.isPast ? [] : rows.map(({ name }) => name)
  return [{ code: 'not-in-a-group', message }, ...(await rulesNotTrue(db, groups, asked))]
}

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

/** What the person chose, and a list has no more. */
async function putAside(db: Db, { user, resourceId, facilityId, personId, voId }: Asked): Promise<Fact[]> {
  const { rows } = await db.query<{ attribute: string; value: string; lists: readonly ListAround[] | null }>(
    `select o.attribute, o.value #>> '{}' as value, ${listsAround('o', 'o.value')} as lists
     from attribute_outside o
     where o.subject = $1 and o.object = case split_part(o.attribute, '.', 1) when 'member' then $2 when 'user-facility' then $3
       when 'member-resource' then $4 else o.object end
     order by 1`,
    [personId, voId, facilityId, resourceId],
  )
  return rows.map(({ attribute, value, lists }) => {
    const { first, others } = describeLists(lists ?? [])
    const message = `"${user}" chose ${value} as ${attribute}, which is not in ${first} any more${others}, so it counts as missing`
    return { code: 'attribute-outside', message }
  })
}
