import type { MembershipChange } from '../../core/model/plan.ts'

/** A membership row, and what is done to it. */
type RowChange = Pick<MembershipChange, 'action' | 'at' | 'everyOrigin' | 'expires' | 'kind' | 'name' | 'user' | 'vo'>

type RowColumns = readonly [string, string[], number[], (number | null)[], (string | null)[]]

/**
 * Membership changes as five parameters: the places (a group's or a VO's row, with the file and what is done there)
 * once each, and per row the person, the place, the line and the date. An object per row would take PostgreSQL longer to read than
 * the rows take to write; and of arrays it knows the length, so it plans for as many rows as there are.
 */
export function columnsOf(changes: readonly RowChange[]): RowColumns {
  const places = new Map<string, object>()
  const numbers = new Map<string, number>()
  const users: string[] = []
  const at: number[] = []
  const lines: (number | null)[] = []
  const dates: (string | null)[] = []
  for (const change of changes) {
    const [key, place] = placeOf(change)
    const number = numbers.get(key) ?? numbers.size
    if (number === numbers.size) {
      numbers.set(key, number)
      places.set(key, { place: number, ...place })
    }
    users.push(change.user)
    at.push(number)
    lines.push(change.at?.line ?? null)
    dates.push(change.expires?.after ?? null)
  }
  return [JSON.stringify([...places.values()]), users, at, lines, dates]
}

function placeOf(change: RowChange): readonly [string, object] {
  const { kind, vo, name, action, everyOrigin = false } = change
  const redated = action === 'change' && change.expires !== undefined
  const file = change.at?.file
  const key = `${kind} ${vo} ${name} ${action} ${String(everyOrigin)} ${String(redated)} ${file ?? ''}`
  return [key, { kind, vo, name, action, file, redated, every_origin: everyOrigin }]
}

/** The rows of `columnsOf` as `x`, whose five parameters begin at this number. */
export function rowsFrom(first: number): string {
  return `(
    select place.kind, place.vo, place.name, place.action, place.every_origin, place.redated, place.file, one."user", one.line,
      one.expires
    from unnest($${first + 1}::text[], $${first + 2}::integer[], $${first + 3}::integer[], $${first + 4}::date[])
      as one("user", place, line, expires)
    join json_to_recordset($${first}::json) as place(place integer, kind text, vo text, name text, action text,
      every_origin boolean, redated boolean, file text) on place.place = one.place
  ) x`
}
