import { twinIn } from './dialect.ts'
import type { Dialect } from './dialect.ts'
import type { Row } from './rows.ts'

/** Gives the names of the columns, after a look at whether this can be CSV at all. */
export function readHead(first: Row | undefined, dialect: Dialect, fail: (reason: string) => Error): readonly string[] {
  const [cell = ''] = first?.cells ?? []
  if (typeof cell === 'string' && /^\s*[<{[]/.test(cell)) {
    throw fail('it begins like a page (HTML), XML or JSON; expected CSV, and a login or error page is none')
  }
  const columns = dialect.columns ?? columnsIn(first, fail)
  const missing = [...dialect.separators.keys()].find((column) => !columns.includes(column))
  if (missing === undefined) return columns
  throw fail(`it has no column ${JSON.stringify(missing)}, for which a separator is given`)
}

function columnsIn(head: Row | undefined, fail: (reason: string) => Error): readonly string[] {
  const columns = (head?.cells ?? []).map((cell) => (typeof cell === 'string' ? cell : ''))
  if (columns.includes('')) throw fail('its first line must name every column')
  const twin = twinIn(columns)
  if (twin !== undefined) throw fail(`its first line names the column ${JSON.stringify(twin.slice(0, 60))} twice`)
  return columns
}
