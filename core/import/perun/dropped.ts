import { groupBy } from '../../model/group-by.ts'
import { count } from '../../model/count.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import type { Bean } from './beans.ts'

/** A value that is not taken. */
export interface Dropped {
  readonly bean: Bean
  /** Whose it is: a value that several answers tell is one. */
  readonly of: string
  readonly what: string
  readonly why: string
}

/** Tells once of each attribute that is not taken, at the first value of it, with how many there are. */
export function tellDropped(dropped: readonly Dropped[], { leftOut }: Notes): void {
  for (const same of groupBy(dropped, ({ what, why }) => `${what}\n${why}`).values()) {
    const [first] = same
    const values = count(new Set(same.map(({ of }) => of)).size, 'value')
    if (first !== undefined) leftOut.push(noteOfPlace(first.bean, first.what, `${first.why} (${values})`))
  }
}
