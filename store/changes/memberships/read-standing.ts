import { membersGroup } from '../../../core/config/references.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { ActedSet, Standing, StandingRow } from '../../../core/lifecycle/acts/standing.ts'
import type { ConfigObject } from '../../../core/model/config-object.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import { lockPeopleOf } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { notInForce } from '../../queries/not-in-force.ts'

/** A VO or group that somebody acts on. */
export interface FoundSet extends ActedSet {
  readonly voId: number
  readonly vo: string
  readonly groupId: number | null
  readonly group: string | undefined
  /** In the VO's time zone. */
  readonly today: string
}

/** A person with everything that decides about an act. */
export interface PersonStanding {
  readonly person: number
  /** The first of the identities. */
  readonly user: IdentityRef
  readonly standing: Standing
}

interface SetRow {
  readonly vo_id: number
  readonly group_id: number | null
  readonly spec: ConfigObject<'VO'>['spec'] | ConfigObject<'Group'>['spec']
  readonly governs: boolean
  readonly file: string
  readonly line: number
  readonly today: string
  readonly vo_over: string | null
  readonly group_over: string | null
}

/** Finds the set that is acted on; OBJECT_UNKNOWN where it is not in force. */
export async function findSet(
  tx: Tx,
  { vo, group, now }: { readonly vo: string; readonly group: string | undefined; readonly now: Date },
): Promise<FoundSet> {
  const { rows } = await tx.query<SetRow>(
    `select vo.id as vo_id, g.id as group_id, coalesce(g.spec, vo.spec) as spec,
       coalesce(g.governs_members, vo.governs_members) as governs, coalesce(g.file, vo.file) as file,
       case when g.id is null then line_of(vo.key_lines, 'exclusive', vo.line)
         else line_of(g.key_lines, 'exclusive', g.line) end as line, day_of($3, zone_of(vo.id))::text as today,
       case when vo.over_since is not null then vo.spec->>'expires' end as vo_over,
       case when g.over_since is not null then g.spec->>'expires' end as group_over
     from vo left join groups g on g.vo_id = vo.id and g.name = $2 and not g.is_members
     where vo.name = $1`,
    [vo, group ?? null, now],
  )
  const [found] = rows
  if (found === undefined) throw await notInForce(tx, 'act on', { kind: 'vo', vo })
  if (group !== undefined && found.group_id === null) throw await noGroup(tx, vo, group)
  const { vo_id: voId, group_id: groupId, spec, governs, file, line, today } = found
  return {
    ...{ voId, vo, groupId, group, today, rules: spec.expiration },
    kind: group === undefined ? 'vo' : 'group',
    name: group === undefined ? `VO "${vo}"` : `group "${vo}/${group}"`,
    exclusiveAt: governs && spec.exclusive === true ? { file, line } : undefined,
    ...overOf(found, { vo, group }),
  }
}

async function noGroup(tx: Tx, vo: string, group: string): Promise<GuildhallError> {
  if (group !== membersGroup) return notInForce(tx, 'act on', { kind: 'group', vo, name: group })
  return new GuildhallError(
    'OBJECT_UNKNOWN',
    `Cannot act on group "${vo}/${membersGroup}": it is nothing but all members of VO "${vo}"; name the VO instead`,
    { facts: { vo, name: membersGroup } },
  )
}

function overOf(
  { vo_over: voOver, group_over: groupOver }: SetRow,
  { vo, group }: { readonly vo: string; readonly group: string | undefined },
): Pick<FoundSet, 'over'> {
  if (voOver !== null) return { over: { kind: 'vo', name: `VO "${vo}"`, since: voOver } }
  if (groupOver === null || group === undefined) return {}
  return { over: { kind: 'group', name: `group "${vo}/${group}"`, since: groupOver } }
}

interface PersonRow {
  readonly person_id: number
  readonly user: IdentityRef
  readonly identities: readonly IdentityRef[]
  readonly status: MemberStatus | null
  readonly expires: string | null
  readonly loa: number
  readonly service_account: boolean
}

interface MembershipRecord {
  readonly person_id: number
  readonly group: string | null
  readonly origin: StandingRow['origin']
  readonly origin_name: string
  readonly status: StandingRow['status']
  readonly expires: string | null
  readonly file: string | null
  readonly line: number | null
}

/** Reads how these people stand to a set, by each of their identities, and locks them to the transaction's end. */
export async function readStandings(
  tx: Tx,
  set: FoundSet,
  users: readonly IdentityRef[],
): Promise<ReadonlyMap<IdentityRef, PersonStanding>> {
  await lockPeopleOf(tx, users)
  const { rows } = await tx.query<PersonRow>(
    `select p.id as person_id, p.identities[1] as "user", p.identities, mb.status, mb.expires::text as expires,
       loa_on(p.id, $3, zone_of($2)) as loa, is_service_account(p.id) as service_account
     from person p
     left join member mb on (mb.vo_id, mb.person_id) = ($2, p.id)
     where p.id in (select person_id from identity where ref = any($1))`,
    [users, set.voId, set.today],
  )
  const records = await readRows(tx, set, rows)
  const standings = new Map<IdentityRef, PersonStanding>()
  for (const row of rows) {
    const found = {
      person: row.person_id,
      user: row.user,
      standing: standingOf(set, row, records.get(row.person_id) ?? []),
    }
    for (const identity of row.identities) standings.set(identity, found)
  }
  return standings
}

async function readRows(
  tx: Tx,
  { voId }: FoundSet,
  people: readonly PersonRow[],
): Promise<ReadonlyMap<number, readonly MembershipRecord[]>> {
  const { rows } = await tx.query<MembershipRecord>(
    `select m.person_id, g.name as "group", m.origin, m.origin_name, m.status, m.expires::text as expires, m.file, m.line
     from membership m left join groups g on g.id = m.group_id
     where m.vo_id = $1 and m.person_id = any($2)
     order by g.name nulls first, m.origin, m.origin_name`,
    [voId, people.map(({ person_id }) => person_id)],
  )
  const byPerson = new Map<number, MembershipRecord[]>()
  for (const row of rows) {
    const list = byPerson.get(row.person_id) ?? []
    list.push(row)
    byPerson.set(row.person_id, list)
  }
  return byPerson
}

function standingOf(set: FoundSet, person: PersonRow, records: readonly MembershipRecord[]): Standing {
  const rows = records
    .filter(({ group }) => group === (set.group ?? null))
    .map(({ origin, origin_name: originName, status, expires, file, line }) => ({
      ...{ origin, originName, status, expires: expires ?? undefined },
      at: file === null ? undefined : { file, line: line ?? 1 },
    }))
  const isVo = set.kind === 'vo'
  return {
    ...{ member: person.status ?? undefined, rows, loa: person.loa, serviceAccount: person.service_account },
    expires: isVo ? (person.expires ?? undefined) : latest(rows),
    heldBy: isVo ? records.flatMap((record) => heldBy(set.vo, record)) : [],
  }
}

function latest(rows: readonly StandingRow[]): string | undefined {
  const dates = rows.flatMap(({ expires }) => expires ?? [])
  return dates.length < rows.length ? undefined : dates.sort().at(-1)
}

const keptOrigins: ReadonlySet<string> = new Set(['config', 'sync', 'rule'])

function heldBy(vo: string, { group, origin, origin_name: originName, file, line }: MembershipRecord): string[] {
  if (group === null || !keptOrigins.has(origin)) return []
  const source = originName === '' ? origin : `${origin} ${originName}`
  return [`group "${vo}/${group}" (${file === null ? source : `${file}:${line ?? 1}`})`]
}
