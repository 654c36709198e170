import type { MembershipChange } from '../../core/model/plan.ts'

/** A membership row, and what is done to it. */
type RowChange = Pick<MembershipChange, 'action' | 'at' | 'everyOrigin' | 'kind' | 'name' | 'user' | 'vo'>

/**
 * Membership changes as four parameters: the places (a group's or a VO's row, with the file and what is done there)
 * once each, and per row the person, the place and the line. An object per row would take PostgreSQL longer to read than
 * the rows take to write; and of arrays it knows the length, so it plans for as many rows as there are.
 */
export function columnsOf(changes: readonly RowChange[]): readonly [string, string[], number[], (number | null)[]] {
  const places = new Map<string, object>()
  const numbers = new Map<string, number>()
  const users: string[] = []
  const at: number[] = []
  const lines: (number | null)[] = []
  for (const change of changes) {
    const { kind, vo, name, action, everyOrigin = false } = change
    const file = change.at?.file
    const key = `${kind} ${vo} ${name} ${action} ${String(everyOrigin)} ${file ?? ''}`
    const number = numbers.get(key) ?? numbers.size
    if (number === numbers.size) {
      numbers.set(key, number)
      places.set(key, { place: number, kind, vo, name, action, file, every_origin: everyOrigin })
    }
    users.push(change.user)
    at.push(number)
    lines.push(change.at?.line ?? null)
  }
  return [JSON.stringify([...places.values()]), users, at, lines]
}

/** The rows of `columnsOf` as `x`, whose four parameters begin at this number. */
export function rowsFrom(first: number): string {
  return `(
    select place.kind, place.vo, place.name, place.action, place.every_origin, place.file, one."user", one.line
    from unnest($${first + 1}::text[], $${first + 2}::integer[], $${first + 3}::integer[]) as one("user", place, line)
    join json_to_recordset($${first}::json) as place(place integer, kind text, vo text, name text, action text,
      every_origin boolean, file text) on place.place = one.place
  ) x`
}
