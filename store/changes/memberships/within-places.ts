import { countPeople } from '../../../core/model/count.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { Tx } from '../../pool.ts'

/** Something that takes fewer people than would be in it. */
export interface FullPlace {
  /** As people call it. */
  readonly where: string
  readonly places: number
  readonly taken: number
  /** Those in it who were not before. */
  readonly newcomers: ReadonlySet<number>
}

/** People come in where no place is left. */
export class FullError extends GuildhallError {
  readonly full: readonly FullPlace[]

  constructor(message: string, { facts, full }: { readonly facts: object; readonly full: readonly FullPlace[] }) {
    super('FULL', message, { facts: { ...facts } })
    this.full = full
  }
}

/** Why somebody does not come in. */
export interface RefusedPlace {
  readonly reason: 'full'
  readonly message: string
}

/** Who does not come in, and why, by person. */
export type WithoutPlace = ReadonlyMap<number, RefusedPlace>

interface Attempt<T> {
  /** Of one request alone the FULL is told, and nothing is done. */
  readonly isSingle: boolean
  /** Who may come in, in the order in which they get places. */
  readonly persons: readonly number[]
  /** Does it for all but these; writes nothing outside the transaction. */
  readonly attempt: (without: WithoutPlace) => Promise<T>
}

/**
 * Does something for as many people as there are places for, in their order: where one is missing, all is undone and done anew
 * without those who are over.
 */
export async function withinPlaces<T>(
  tx: Tx,
  { isSingle, persons, attempt }: Attempt<T>,
): Promise<{ readonly result: T; readonly without: WithoutPlace }> {
  const without = new Map<number, RefusedPlace>()
  for (;;) {
    await tx.query('savepoint within_places')
    try {
      const result = await attempt(without)
      await tx.query('release savepoint within_places')
      return { result, without }
    } catch (error) {
      if (!(error instanceof FullError) || isSingle) throw error
      await tx.query('rollback to savepoint within_places')
      await tx.query('release savepoint within_places')
      const over = peopleOver(
        persons.filter((person) => !without.has(person)),
        error.full,
      )
      if (over.size === 0) throw error
      for (const [person, refused] of over) without.set(person, refused)
    }
  }
}

function peopleOver(persons: readonly number[], full: readonly FullPlace[]): WithoutPlace {
  const left = new Map(full.map((place) => [place, place.places - place.taken + place.newcomers.size]))
  const over = new Map<number, RefusedPlace>()
  for (const person of persons) {
    const wanted = full.filter(({ newcomers }) => newcomers.has(person))
    const none = wanted.find((place) => (left.get(place) ?? 0) <= 0)
    if (none === undefined) for (const place of wanted) left.set(place, (left.get(place) ?? 0) - 1)
    else
      over.set(person, {
        reason: 'full',
        message: `${none.where} takes ${countPeople(none.places)}, and no place is left`,
      })
  }
  return over
}
