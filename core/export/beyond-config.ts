import { compareText } from '../model/compare.ts'
import { isKind, type StoredObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { MembershipRow, State, UserId } from '../model/state.ts'
import { fittingName, noNames } from '../import/fitting-names.ts'
import type { Exportable } from './export-state.ts'
import { namesOfPeople, type IsIdentity } from './names-of-people.ts'

/** What managers or approved applications did to memberships, as one call of a command does it. */
interface Acts {
  /** A name for a file. */
  readonly name: string
  /** `guildhall member add astro`, `guildhall group add astro/telescope` or `guildhall member disable astro`. */
  readonly command: string
  /** A person a line. */
  readonly lines: readonly (Added | Disabled)[]
}

/** Without an end where `expires` is `null`. */
interface Added {
  readonly user: string
  readonly expires: string | null
}

interface Disabled {
  readonly user: string
  readonly reason: string
}

/** What the state holds and no document can say. */
export interface BeyondConfig {
  readonly acts: readonly Acts[]
  /** How many memberships that managers or approved applications made are EXPIRED: nothing makes these again. */
  readonly over: number
  /** How many memberships there are of the other origins; who gives them gives them again. */
  readonly others: Readonly<Partial<Record<'sync' | 'rule' | 'sponsor', number>>>
  /** Memberships of people whom no document and no command can name: who, as the state has it, and the VO or group. */
  readonly nameless: readonly { readonly user: string; readonly place: string }[]
  /** Files of the configuration repository that sources read: `survey/people.csv` of source `catalogue`. */
  readonly files: readonly { readonly source: string; readonly file: string }[]
}

/** What an export is made of, and how members stand. */
type Whole = Exportable & Pick<State, 'members'>

/** Tells what an export leaves out, and what of it can be done again by commands: memberships of VOs, those of groups, who is DISABLED. */
export function beyondConfig({ objects, people, rows, members }: Whole, isIdentity: IsIdentity): BeyondConfig {
  const users = namesOfPeople(people, isIdentity)
  const byPeople = rows.filter(({ origin }) => ['manager', 'application'].includes(origin))
  const made = byPeople.filter(({ status }) => status === 'VALID')
  const names = noNames()
  const places = groupBy(
    made.filter(({ user }) => users.has(user)),
    placeOf,
  )
  const inOrder = [...places].sort(
    ([one], [other]) => Number(one.includes('/')) - Number(other.includes('/')) || compareText(one, other),
  )
  const fileOf = (text: string): string => fittingName(text.replaceAll(/[:/]/g, '_').replace(/^\.+/, '_'), names)
  const added = inOrder.map(([place, own]) => ({
    name: fileOf(place),
    command: `guildhall ${place.includes('/') ? 'group' : 'member'} add ${place}`,
    lines: linesOf(own, users),
  }))
  const disabled = [...disabledIn({ rows, members }, users)].map(([vo, lines]) => ({
    ...{ name: fileOf(`${vo}-disabled`), command: `guildhall member disable ${vo}`, lines },
  }))
  return {
    acts: [...added, ...disabled],
    over: byPeople.length - made.length,
    others: countsOf(rows),
    nameless: namelessIn([...rows.filter(({ origin }) => origin === 'config'), ...made], { people, users }),
    files: objects.flatMap(filesOf),
  }
}

/** By VO, who is DISABLED and will be a member again; a document or a source alone would make them VALID. */
function disabledIn(
  { rows, members }: Pick<Whole, 'members' | 'rows'>,
  users: ReadonlyMap<UserId, string>,
): ReadonlyMap<string, readonly Disabled[]> {
  const comesBack = ({ origin, status }: MembershipRow): boolean => origin === 'config' || status === 'VALID'
  const back = new Set(rows.filter(comesBack).map(({ vo, user }) => `${vo} ${user}`))
  const disabled = members.flatMap(({ vo, user: id, status }) => {
    const user = users.get(id)
    return status === 'DISABLED' && user !== undefined && back.has(`${vo} ${id}`) ? [{ vo, user }] : []
  })
  disabled.sort((one, other) => compareText(one.vo, other.vo) || compareText(one.user, other.user))
  const byVo = groupBy(disabled, ({ vo }) => vo)
  return new Map([...byVo].map(([vo, own]) => [vo, own.map(({ user }) => ({ user, reason: disabledBefore }))]))
}

/** The command asks for a reason, and the state of members holds none. */
const disabledBefore = 'was DISABLED where this was exported'

function placeOf({ vo, group }: MembershipRow): string {
  return group === undefined ? vo : `${vo}/${group}`
}

/** Sources read what they import, and the certificates of those who vouch for a server. */
function filesOf(object: StoredObject): BeyondConfig['files'] {
  if (!isKind(object, 'Source')) return []
  const { file, ca, tls } = object.spec.options ?? {}
  const ofTls = typeof tls === 'object' && tls !== null && 'ca' in tls ? tls.ca : undefined
  return [file, ca, ofTls].flatMap((path) => (typeof path === 'string' ? [{ source: object.name, file: path }] : []))
}

interface Naming {
  readonly people: Exportable['people']
  readonly users: ReadonlyMap<UserId, string>
}

function namelessIn(rows: readonly MembershipRow[], { people, users }: Naming): BeyondConfig['nameless'] {
  const all = new Map(people.map(({ id, identities }) => [id, identities[0] ?? '']))
  const found = rows.flatMap((row) =>
    users.has(row.user) ? [] : [{ user: all.get(row.user) ?? '', place: placeOf(row) }],
  )
  return found.sort((one, other) => compareText(one.user, other.user) || compareText(one.place, other.place))
}

/** After every day. */
const never = '9999-12-32'

/** Somebody whom a manager and an application brought in has the later date. */
function linesOf(rows: readonly MembershipRow[], users: ReadonlyMap<UserId, string>): Added[] {
  const byUser = groupBy(rows, ({ user }) => users.get(user) ?? '')
  const inOrder = [...byUser].sort(([one], [other]) => compareText(one, other))
  return inOrder.map(([user, own]) => {
    const dates = own.map(({ expires }) => expires ?? never).sort(compareText)
    const latest = dates.at(-1) ?? never
    return { user, expires: latest === never ? null : latest }
  })
}

function countsOf(rows: readonly MembershipRow[]): BeyondConfig['others'] {
  const origins = ['sync', 'rule', 'sponsor'] as const
  const counted = origins.map((origin): [string, number] => [
    origin,
    rows.filter((row) => row.origin === origin).length,
  ])
  return Object.fromEntries<number>(counted.filter(([, number]) => number > 0))
}
