import { compareText } from '../model/compare.ts'
import { isKind, type StoredObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { MembershipRow, UserId } from '../model/state.ts'
import { fittingName, noNames } from '../import/fitting-names.ts'
import type { Exportable } from './export-state.ts'
import { namesOfPeople, type IsIdentity } from './names-of-people.ts'

/** Memberships that managers or approved applications made, as one call of a command takes them. */
interface Acts {
  /** A name for a file. */
  readonly name: string
  /** `guildhall member add astro` or `guildhall group add astro/telescope`. */
  readonly command: string
  /** A person a line; `null` where the membership does not end. */
  readonly lines: readonly { readonly user: string; readonly expires: string | null }[]
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

/** Tells what an export leaves out, and what of it can be done again by commands. Memberships of VOs come before those of groups. */
export function beyondConfig({ objects, people, rows }: Exportable, isIdentity: IsIdentity): BeyondConfig {
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
  return {
    acts: inOrder.map(([place, own]) => ({
      name: fittingName(place.replaceAll(/[:/]/g, '_').replace(/^\.+/, '_'), names),
      command: `guildhall ${place.includes('/') ? 'group' : 'member'} add ${place}`,
      lines: linesOf(own, users),
    })),
    over: byPeople.length - made.length,
    others: countsOf(rows),
    nameless: namelessIn([...rows.filter(({ origin }) => origin === 'config'), ...made], { people, users }),
    files: objects.flatMap(filesOf),
  }
}

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
function linesOf(rows: readonly MembershipRow[], users: ReadonlyMap<UserId, string>): Acts['lines'] {
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
