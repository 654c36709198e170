import { dayOf } from '../../../core/lifecycle/zones.ts'
import { isKind } from '../../../core/model/config-object.ts'
import type { MembershipRow, State, VoMember } from '../../../core/model/state.ts'
import type { Pool } from '../../../store/index.ts'
import { naiveAccess, naiveClosure } from '../../support/naive-access.ts'
import { accessIn, stateOf } from './database-world.ts'

/** When somebody looks, and which groups the source fills with authority over the VO. */
interface Seen {
  readonly now: Date
  readonly isAuthoritative: (group: string | undefined) => boolean
}

/** Whom a source has let go of. */
interface LetGo extends Pick<Seen, 'isAuthoritative'> {
  readonly people: ReadonlySet<number>
}

/** Lists what is not as rows and rules say, by looking at everything again in the simplest way. */
export async function faultsIn(pool: Pool, { now, isAuthoritative }: Seen): Promise<string[]> {
  const state = await stateOf(pool)
  const letGo = { people: await endedBySync(pool), isAuthoritative }
  const today = dayOf(now, 'Europe/Prague')
  return [
    ...rowFaults(state, today),
    ...state.members.flatMap((member) => memberFaults(state, member, letGo)),
    ...unheldFaults(state),
    ...(await accessFaults(pool, state)),
    ...(await closureFaults(pool, state)),
    ...(await dateFaults(pool, state)),
    ...(await sponsorFaults(pool, state)),
    ...(await pastFaults(pool)),
  ]
}

function rowFaults({ rows, members }: State, today: string): string[] {
  return rows.flatMap((row) => {
    const said = `row ${JSON.stringify(row)}`
    const isOver = row.expires !== undefined && row.expires <= today
    const faults = (row.status === 'EXPIRED') === isOver ? [] : [`${said} is not what its date says on ${today}`]
    const isMember = members.some(({ vo, user }) => vo === row.vo && user === row.user)
    return isMember ? faults : [...faults, `${said} is of nobody's membership`]
  })
}

const kept: ReadonlySet<string> = new Set(['config', 'sync', 'rule'])

function isHolding({ group, origin }: MembershipRow): boolean {
  return group === undefined || kept.has(origin)
}

async function endedBySync(pool: Pool): Promise<ReadonlySet<number>> {
  const { rows } = await pool.query<{ person: number }>(
    `select person_id as person from member where status = 'EXPIRED' and ended_by = 'sync'`,
  )
  return new Set(rows.map(({ person }) => person))
}

function memberFaults(state: State, member: VoMember, letGo: LetGo): string[] {
  const { vo, user, status } = member
  const holding = state.rows.filter((row) => row.vo === vo && row.user === user && isHolding(row))
  const isHeld = holding.some((row) => row.status === 'VALID')
  const isKeptOut = letGo.people.has(user) && !outlivesSync(holding, letGo)
  const isLeft = holding.length > 0 && !isHeld
  const { lacksForVo, lacksAnything } = lackedBy(state, user)
  const faults: readonly (readonly [boolean, string])[] = [
    [status === 'EXPIRED' && isHeld && !isKeptOut, 'is held and EXPIRED'],
    [status === 'VALID' && isLeft, 'is VALID and not held any more'],
    [status === 'INVALID' && isLeft, 'is INVALID and not held any more'],
    [status === 'VALID' && lacksForVo, 'is VALID and lacks what the VO requires'],
    [status === 'INVALID' && !lacksAnything, 'is INVALID and lacks nothing'],
  ]
  const said = `member ${JSON.stringify(member)} with ${JSON.stringify(holding)}`
  return faults.flatMap(([isFault, what]) => (isFault ? [`${said} ${what}`] : []))
}

/** Lists members of exclusive VOs whom nothing holds. */
export function unheldFaults({ objects, members, rows }: State): string[] {
  const exclusive = objects.flatMap((object) =>
    isKind(object, 'VO') && object.governsMembers && object.spec.exclusive === true ? [object.name] : [],
  )
  return members.flatMap(({ vo, user }) => {
    const isHeld = rows.some((row) => row.vo === vo && row.user === user && isHolding(row))
    return isHeld || !exclusive.includes(vo) ? [] : [`${user} is in exclusive VO ${vo}, and nothing holds them`]
  })
}

function lackedBy({ people }: State, user: number): { readonly lacksForVo: boolean; readonly lacksAnything: boolean } {
  const { attributes = {} } = people.find(({ id }) => id === user) ?? {}
  const lacksForVo = attributes['user.email'] === undefined
  return { lacksForVo, lacksAnything: lacksForVo || attributes['user.login'] === undefined }
}

function outlivesSync(holding: readonly MembershipRow[], { isAuthoritative }: LetGo): boolean {
  return holding.some(({ status, origin, group }) => {
    const hasAuthority = origin !== 'sync' || isAuthoritative(group)
    return status === 'VALID' && hasAuthority
  })
}

async function accessFaults(pool: Pool, state: State): Promise<string[]> {
  const found = [...(await accessIn(pool)).keys()].sort()
  const expected = naiveAccess(state)
    .filter(({ user, resource, facility }) => {
      const vo = state.objects.find((object) => isKind(object, 'VO'))
      return !state.bans.some(
        (ban) =>
          ban.user === user &&
          ((ban.from.kind === 'VO' && ban.from.id === vo?.id) ||
            (ban.from.kind === 'Resource' && ban.from.id === resource) ||
            (ban.from.kind === 'Facility' && ban.from.id === facility)),
      )
    })
    .map(({ user, resource, facility }) => `${user} ${resource} ${facility}`)
    .sort()
  return found.join() === expected.join() ? [] : [`access is ${found.join()}, expected ${expected.join()}`]
}

async function closureFaults(pool: Pool, { objects }: State): Promise<string[]> {
  const { rows } = await pool.query<{ above: string; below: string[] }>(
    `select a.name as above, array_agg(b.name order by b.name) as below
     from closure c join groups a on a.id = c.above join groups b on b.id = c.below
     where not a.is_members group by 1`,
  )
  const groups = objects.filter((object) => isKind(object, 'Group'))
  return groups.flatMap(({ name }) => {
    const expected = [...naiveClosure(groups, name)].sort().join()
    const found = (rows.find(({ above }) => above === name)?.below ?? []).sort().join()
    return found === expected ? [] : [`below ${name} is ${found}, expected ${expected}`]
  })
}

/** The date of a member is the latest of the rows that hold them, none where one has none. */
async function dateFaults(pool: Pool, { rows }: State): Promise<string[]> {
  const { rows: members } = await pool.query<{ vo: string; user: number; expires: string | null }>(
    `select vo.name as vo, mb.person_id as "user", mb.expires::text as expires from member mb join vo on vo.id = mb.vo_id`,
  )
  return members.flatMap((member) => {
    const holding = rows.filter((row) => row.vo === member.vo && row.user === member.user && isHolding(row))
    const dates = holding.flatMap(({ expires }) => expires ?? []).sort()
    const expected = dates.length < holding.length ? null : (dates.at(-1) ?? null)
    return member.expires === expected ? [] : [`date of ${JSON.stringify(member)}, expected ${String(expected)}`]
  })
}

/** Guests count down whose sponsor neither the VO names nor a group that it names holds, or who is DISABLED or banned; and no others. */
async function sponsorFaults(pool: Pool, state: State): Promise<string[]> {
  const { rows } = await pool.query<{ guest: number; sponsor: number; leaving: string | null; expires: string | null }>(
    `select person_id as guest, sponsor_id as sponsor, leaving, expires::text as expires from sponsorship where status = 'VALID'`,
  )
  return rows.flatMap((row) => {
    const isRight = row.leaving === 'withdrawn' || (row.leaving === null) === isSponsor(state, row.sponsor)
    const isDated = row.leaving === null || row.expires !== null
    return isRight && isDated ? [] : [`sponsorship ${JSON.stringify(row)} does not follow its sponsor`]
  })
}

function isSponsor({ objects, people, members, rows, bans }: State, person: number): boolean {
  const vo = objects.find((object) => isKind(object, 'VO'))
  const status = members.find(({ user }) => user === person)?.status
  const identities = people.find(({ id }) => id === person)?.identities ?? []
  const groups = objects.filter((object) => isKind(object, 'Group'))
  const isNamed = (vo?.spec.sponsors ?? []).some((holder) => {
    if ('user' in holder) return identities.includes(holder.user)
    const counted = naiveClosure(groups, holder.group)
    const isIn = rows.some(
      ({ user, group, status: of }) => user === person && of === 'VALID' && counted.has(group ?? ''),
    )
    return isIn && status === 'VALID'
  })
  const isBanned = bans.some(({ user, from }) => user === person && from.kind === 'VO' && from.id === vo?.id)
  return isNamed && status !== 'DISABLED' && !isBanned
}

/** One status at a time, each from the end of the one before. */
async function pastFaults(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ fault: string }>(
    `select 'history of ' || a.person_id || ': ' || a.began || ' to ' || a.ended as fault
     from member_past a
     where a.ended < a.began
       or exists (
         select 1 from member_past b
         where (b.vo_id, b.person_id) = (a.vo_id, a.person_id) and b.ctid <> a.ctid and b.began < a.ended and b.ended > a.began)
       or exists (select 1 from member m where (m.vo_id, m.person_id) = (a.vo_id, a.person_id) and m.since < a.ended)
     limit 3`,
  )
  return rows.map(({ fault }) => fault)
}

/** Remembers who was ever given which number. */
export class UidBook {
  private readonly owners = new Map<string, number>()

  /** Lists numbers that somebody else had before. */
  async faultsIn(pool: Pool): Promise<string[]> {
    const { rows } = await pool.query<{ uid: string; person: number }>(
      `select object || '/' || value::text as uid, subject as person from attribute_value where attribute = 'user-facility.uid'`,
    )
    return rows.flatMap(({ uid, person }) => {
      const before = this.owners.get(uid)
      this.owners.set(uid, person)
      return before === undefined || before === person ? [] : [`${uid} was given to ${before}, and now to ${person}`]
    })
  }
}
