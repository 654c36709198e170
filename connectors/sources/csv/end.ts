import type { Dialect } from './dialect.ts'
import type { Row } from './rows.ts'

/** Sees every row, and whether the file came to its proper end. */
export interface End {
  /** Tells whether this is the last line that counts the others. */
  isTrailer(row: Row): boolean
  sawRow(row: Row, isCutOff: boolean): void
  /** Fails where the file may have been cut off. */
  check(): void
}

/** Begins to watch for the end of a file. */
export function createEnd({ trailer, delimiter }: Dialect, isSealed: boolean, fail: (reason: string) => Error): End {
  let rows = 0
  let promised: number | undefined
  return {
    isTrailer: ({ cells }) => {
      const texts = cells.filter((cell) => typeof cell === 'string')
      if (trailer === undefined || texts[0]?.startsWith(trailer) !== true) return false
      const counted = /^[\s,:;=]*(\d{1,12})[\s,;]*$/.exec(texts.join(delimiter).slice(trailer.length))
      if (counted === null)
        throw fail(`its last line must be such as "${trailer} 2500", with the number of rows above it`)
      if (promised !== undefined) throw fail('lines follow the one that counts the rows')
      promised = Number(counted[1])
      return true
    },
    sawRow: ({ line }, isCutOff) => {
      rows += 1
      if (promised !== undefined) throw fail('lines follow the one that counts the rows')
      if (isCutOff && !isSealed)
        throw fail(`line ${line} does not end, so the file may be cut off; end it with a line feed`)
    },
    check: () => {
      if (trailer !== undefined && promised === undefined) {
        throw fail(`its last line "${trailer} COUNT" is missing, so it is cut off or still being written`)
      }
      if (promised !== undefined && promised !== rows)
        throw fail(`it has ${rows} rows, its last line counts ${promised}`)
      if (rows === 0 && promised === undefined && !isSealed) {
        throw fail('it has no row; that nobody is in it is believed only of a file with a trailer')
      }
    },
  }
}
