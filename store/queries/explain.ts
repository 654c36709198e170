import type { WhyAnswer } from '../../core/model/answers.ts'
import { compareText } from '../../core/model/compare.ts'
import { deliveryLines } from '../deliveries.ts'
import type { Db } from '../pool.ts'
import { chainOf, type Way } from './explain-chain.ts'
import { bansFrom } from './explain-bans.ts'
import { findPerson } from './find-person.ts'
import { memberOf, type AskedMember } from './explain-member.ts'
import { findResource, type FoundResource } from './find-resource.ts'
import { missingFacts } from './explain-missing.ts'
import { acceptedWays } from './explain-levels.ts'
import { whatIsOver } from './explain-endings.ts'
import { servicesWithout } from './explain-deliver.ts'
import type { AsOf } from './standing.ts'
import { waysTo } from './ways.ts'

/** Who and what a question is about. */
export type Asked = AskedMember & FoundResource

/** Who is asked about, and which resource. */
interface Question {
  readonly identity: string
  readonly vo: string
  readonly resource: string
  /** What is due or lapsed by now. */
  readonly askedAt: Date
  /** Without it, now. */
  readonly asOf?: AsOf
}

/** Explains by which chain of facts a person has access to a resource, or which fact is missing, the nearest first. */
export async function explain(db: Db, question: Question): Promise<WhyAnswer> {
  const asked = await findAsked(db, question)
  const all = await waysOf(db, asked)
  const unbanned = all.filter(({ bannedFrom }) => bannedFrom === null)
  const levels = await acceptedWays(db, asked, unbanned.length > 0 ? unbanned : all)
  const { ways } = levels
  const [best, ...others] = ways
  const bans = await bansOf(db, asked, ways)
  const status = best?.status ?? asked.memberStatus
  const over = await whatIsOver(db, asked, { hasWay: best !== undefined })
  const isEnded = over.some(({ code }) => code !== 'resource-expired')
  const hindrances = [...over, ...bans, ...levels.missing]
  const access = best?.status === 'VALID' && asked.isWithinOffer && hindrances.length === 0
  return {
    access,
    status,
    ...(asked.memberReason === null ? {} : { reason: asked.memberReason }),
    chain: best === undefined ? [] : await chainOf(db, asked, [best, ...others.filter((way) => way.status === status)]),
    origins: [...new Set(ways.flatMap(({ origin }) => origin ?? []))].sort(compareText),
    missing: [
      ...[...hindrances, ...levels.open, ...(await missingFacts(db, asked, { access, way: best, isEnded }))],
      ...(await servicesWithout(db, asked, { expired: status === 'EXPIRED', banned: bans.length > 0 })),
    ],
    deliveries: await deliveriesOf(db, asked),
  }
}

async function findAsked(db: Db, { identity, vo, resource, askedAt, asOf }: Question): Promise<Asked> {
  const person = await findPerson(db, identity)
  const place = await findResource(db, { vo, resource, asOf, askedAt })
  return {
    ...place,
    ...(await memberOf(db, { ...person, voId: place.voId, vo: place.vo, standing: place.standing })),
    askedAt,
  }
}

/** Each row that leads the person to the resource, the best status first, then by name. */
async function waysOf(db: Db, { personId, resourceId, standing }: Asked): Promise<Way[]> {
  const { ban, group, vo } = standing.relations(3)
  const { rows } = await db.query<Way>(
    `select way.*, vo.name || '/' || own.name as "group",
       (select b.vo_id from ${ban} b where b.vo_id = top.vo_id and b.person_id = $2) as "bannedFrom"
     from (${waysTo(standing, 3, (column) => `${column} = $2`)}) way
     join ${group} top on top.id = way.assigned
     left join ${group} own on own.id = way.row_group
     left join ${vo} vo on vo.id = own.vo_id
     order by way.status, top.name, own.name nulls first, way.origin collate "C"`,
    [resourceId, personId, ...standing.moment],
  )
  return rows
}

/** Bans from the resource, its facility and the VOs that lead there. */
async function bansOf(db: Db, asked: Asked, ways: readonly Way[]): Promise<WhyAnswer['missing']> {
  const vos = ways.length === 0 ? [asked.voId] : ways.flatMap(({ bannedFrom }) => bannedFrom ?? [])
  return bansFrom(db, asked, { vos, resourceId: asked.resourceId, facilityId: asked.facilityId })
}

async function deliveriesOf(db: Db, { resourceId, facility, standing }: Asked): Promise<WhyAnswer['deliveries']> {
  if (standing.isPast) return []
  const { rows } = await db.query<WhyAnswer['deliveries'][number]>(
    `select facility, service, destination, state from (${deliveryLines}) line
     where facility = $2 and service in (
       select s.name from resource_service rs join service s on s.id = rs.service_id where rs.resource_id = $1)
     order by facility, service, destination`,
    [resourceId, facility],
  )
  return rows
}
