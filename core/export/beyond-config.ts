import { compareText } from '../model/compare.ts'
import { groupBy } from '../model/group-by.ts'
import type { MembershipRow } from '../model/state.ts'
import { fittingName, noNames } from '../import/fitting-names.ts'
import type { Exportable } from './export-state.ts'

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
  /** How many memberships there are of the other origins; who gives them gives them again. */
  readonly others: Readonly<Partial<Record<'sync' | 'rule' | 'sponsor', number>>>
  /** Files of the configuration repository that sources read: `survey/people.csv` of source `catalogue`. */
  readonly files: readonly { readonly source: string; readonly file: string }[]
}

/** Tells what an export leaves out, and what of it can be done again by commands. Memberships of VOs come before those of groups. */
export function beyondConfig({ objects, people, rows }: Exportable): BeyondConfig {
  const users = new Map(people.map(({ id, identities }) => [id, identities[0] ?? '']))
  const made = rows.filter(({ origin, status }) => ['manager', 'application'].includes(origin) && status === 'VALID')
  const names = noNames()
  const places = groupBy(made, ({ vo, group }) => (group === undefined ? vo : `${vo}/${group}`))
  const inOrder = [...places].sort(
    ([one], [other]) => Number(one.includes('/')) - Number(other.includes('/')) || compareText(one, other),
  )
  const files = objects.flatMap((object) => {
    const file = object.kind === 'Source' ? object.spec.options?.['file'] : undefined
    return typeof file === 'string' ? [{ source: object.name, file }] : []
  })
  return {
    acts: inOrder.map(([place, own]) => ({
      name: fittingName(place.replaceAll(/[:/]/g, '_').replace(/^\.+/, '_'), names),
      command: `guildhall ${place.includes('/') ? 'group' : 'member'} add ${place}`,
      lines: linesOf(own, users),
    })),
    others: countsOf(rows),
    files,
  }
}

/** After every day. */
const never = '9999-12-32'

/** Somebody whom a manager and an application brought in has the later date. */
function linesOf(rows: readonly MembershipRow[], users: ReadonlyMap<number, string>): Acts['lines'] {
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
