import type { Person, UserId } from '../model/state.ts'

/** Tells whether a text is an identity `<source>/<login>` that a document may hold. */
export type IsIdentity = (text: string) => boolean

/**
 * Gives the first identity of each person that a document may hold. One whose source was removed, and its name given to another source,
 * is none: `hr (until 2026-01-05T10:00:00.000Z)/ada`. Who has no other is not among them.
 */
export function namesOfPeople(people: readonly Person[], isIdentity: IsIdentity): ReadonlyMap<UserId, string> {
  return new Map(
    people.flatMap(({ id, identities }) => {
      const name = identities.find(isIdentity)
      return name === undefined ? [] : [[id, name] as const]
    }),
  )
}
