import fc from 'fast-check'
import { inTransaction, syncMembers, type Pool } from '../../../store/index.ts'
import { subjectsOf } from '../../support/subjects.ts'

/** A run of the sync of one place. */
export interface SyncStep {
  readonly kind: 'sync'
  readonly place: number
  /** Whom the source names. */
  readonly users: readonly number[]
  /** When it says that the memberships of the first of them end. */
  readonly days: number | null
  readonly complete: boolean
  readonly mode: 'full' | 'existing-members'
}

/** The last two are people whom only the source knows. */
const logins = ['ann', 'ben', 'dot', 'cid', 'eve', 'fay', 'gus', 'hal']

/** How each place is synced. */
const settings = [
  { authoritative: false, absent: { then: 'remove', runs: 1 } },
  { authoritative: false, absent: { then: 'remove', runs: 2 } },
  { authoritative: true, absent: { then: 'expire', runs: 1 } },
  { authoritative: true, absent: { then: 'remove', runs: 1 } },
] as const

/** Whether the source has authority over the VO where it fills this place; place 0 is the VO itself. */
export function isAuthoritative(place: number): boolean {
  return settings[place]?.authoritative === true
}

const anySync = fc.record({
  kind: fc.constant('sync' as const),
  place: fc.constantFrom(0, 1, 1, 2, 2, 3, 3),
  users: fc.oneof(
    { weight: 1, arbitrary: fc.constant<number[]>([]) },
    { weight: 6, arbitrary: fc.uniqueArray(fc.nat(logins.length - 1), { minLength: 1 }) },
  ),
  days: fc.constantFrom(null, null, 0, 1, 10, 40),
  complete: fc.constantFrom(true, true, true, true, false),
  mode: fc.constantFrom('full' as const, 'full' as const, 'existing-members' as const),
})

/** Rows that are made EXPIRED stay and hold for ever; so half of the people never have one. */
export const syncStep: fc.Arbitrary<SyncStep> = anySync.map((step) =>
  settings[step.place].absent.then === 'expire'
    ? { ...step, users: step.users.filter((user) => user < logins.length / 2) }
    : step,
)

/** Where and when a run happens. */
interface Setting {
  readonly vo: string
  /** What the groups are called, by place. */
  readonly groups: readonly string[]
  readonly now: Date
  readonly today: string
  readonly dayIn: (days: number) => string
}

/** What the source last said of each place, and what rows follow from it in the simplest way: dates by login. */
export class SyncBook {
  private readonly places = settings.map(emptyPlace)
  private readonly pool: Pool

  constructor(pool: Pool) {
    this.pool = pool
  }

  /** Lets the source speak, and notes what ought to come of it. */
  async take({ place, users, days, complete, mode }: SyncStep, setting: Setting): Promise<string> {
    const { vo, groups, now } = setting
    const group = place === 0 ? undefined : groups[place]
    const named = users.map((user, index) => ({
      login: logins[user] ?? '',
      expires: index === 0 && days !== null ? setting.dayIn(days) : null,
    }))
    const members = await this.membersOf(vo)
    const how = settings[place] ?? settings[0]
    const subjects = named.map(({ login, expires }) => ({
      ...{ identity: `hr/${login}`, others: logins.indexOf(login) < 6 ? [{ identity: `idp/${login}` }] : [] },
      ...(expires === null ? {} : { expires }),
    }))
    const result = await inTransaction(this.pool, (tx) =>
      syncMembers(tx, { source: 'hr', vo, group, mode, ...how, subjects: subjectsOf(subjects, { complete }), now }),
    )
    const isRead = complete && (users.length > 0 || place > 0)
    const heard = named.filter(({ login }) => mode === 'full' || members.has(login))
    if (isRead) this.expect(place, heard, setting.today)
    return `sync ${group ?? ''} ${mode}: ${JSON.stringify(named)} ${complete ? '' : 'and perhaps more'}: ${result.outcome}`
  }

  /** Lists rows that are not as the source said. */
  async faultsIn(vo: string, groups: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ place: string; login: string; expires: string | null }>(
      `select coalesce(g.name, '') as place, split_part(p.identities[1], '/', 2) as login, m.expires::text as expires
       from membership m join vo on vo.id = m.vo_id left join groups g on g.id = m.group_id join person p on p.id = m.person_id
       where vo.name = $1 and m.origin = 'sync' order by 1, 2`,
      [vo],
    )
    return this.places.flatMap(({ rows: expected }, place) => {
      const name = place === 0 ? '' : (groups[place] ?? '')
      const found = rows.filter((row) => row.place === name).map(({ login, expires }) => `${login} ${expires ?? ''}`)
      const wanted = [...expected].map(([login, expires]) => `${login} ${expires ?? ''}`)
      const [are, should] = [found.sort().join(), wanted.sort().join()]
      return are === should ? [] : [`the source's rows of "${name}" are ${are}, expected ${should}`]
    })
  }

  private async membersOf(vo: string): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ login: string }>(
      `select split_part(p.identities[1], '/', 2) as login
       from vo join member mb on mb.vo_id = vo.id join person p on p.id = mb.person_id where vo.name = $1`,
      [vo],
    )
    return new Set(rows.map(({ login }) => login))
  }

  private expect(place: number, named: readonly NamedSubject[], today: string): void {
    const { rows, absences } = this.places[place] ?? emptyPlace()
    for (const { login, expires } of named) {
      absences.delete(login)
      if (rows.has(login) || !isOver(expires, today)) rows.set(login, expires)
    }
    const { then, runs } = (settings[place] ?? settings[0]).absent
    for (const login of [...rows.keys()].filter((one) => !named.some(({ login }) => login === one))) {
      const missed = (absences.get(login) ?? 0) + 1
      absences.set(login, missed)
      if (missed === runs) end({ rows, absences }, { login, then, today })
    }
  }
}

/** The source's rows, and in how many reads somebody was missing. */
interface Place {
  readonly rows: Map<string, string | null>
  readonly absences: Map<string, number>
}

function emptyPlace(): Place {
  return { rows: new Map(), absences: new Map() }
}

function end(
  { rows, absences }: Place,
  { login, then, today }: { readonly login: string; readonly then: 'remove' | 'expire'; readonly today: string },
): void {
  absences.delete(login)
  if (then === 'remove') rows.delete(login)
  else if (!isOver(rows.get(login) ?? null, today)) rows.set(login, today)
}

interface NamedSubject {
  readonly login: string
  readonly expires: string | null
}

function isOver(expires: string | null, today: string): boolean {
  return expires !== null && expires <= today
}

interface Named {
  readonly names: () => { readonly vo: string; readonly groups: readonly string[] }
}

interface HeldPerson {
  readonly person: number
  readonly status: string
  readonly by_authority: boolean
  readonly by_others: boolean
}

/** Who is VALID in a place that the source fills with authority, or held by what outlives it. */
export async function heldByAuthority(pool: Pool, world: Named): Promise<ReadonlyMap<number, HeldPerson>> {
  const { vo, groups } = world.names()
  const { rows } = await pool.query<HeldPerson>(
    `select mb.person_id as person, mb.status,
       coalesce(bool_or(m.status = 'VALID' and m.origin = 'sync' and g.name = any($2)), false) as by_authority,
       coalesce(bool_or(m.status = 'VALID' and (m.origin in ('config', 'rule') or m.group_id is null and m.origin <> 'sync')), false)
         as by_others
     from vo join member mb on mb.vo_id = vo.id
     left join membership m on (m.vo_id, m.person_id) = (mb.vo_id, mb.person_id)
     left join groups g on g.id = m.group_id
     where vo.name = $1 group by 1, 2`,
    [vo, groups.filter((_, place) => place > 0 && isAuthoritative(place))],
  )
  return new Map(rows.map((row) => [row.person, row]))
}

/** Lists whom an authoritative group has lost, and whom nothing else held or holds, and who is a member as before. */
export async function letGoFaults(
  pool: Pool,
  world: Named,
  before: ReadonlyMap<number, HeldPerson>,
): Promise<string[]> {
  const after = await heldByAuthority(pool, world)
  return [...after.values()].flatMap(({ person, status, by_authority, by_others }) => {
    const was = before.get(person)
    const isLost = was?.by_authority === true && !was.by_others && !by_authority && !by_others
    return isLost && (status === 'VALID' || status === 'INVALID') ? [`${person} is ${status} and let go of`] : []
  })
}
