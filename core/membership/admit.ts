import { compareText } from '../model/compare.ts'

/** Somebody whom a rule would bring in. */
export interface Newcomer<P> {
  readonly person: P
  /** As outputs name them: who comes first by it comes in first. */
  readonly user: string
  /** What takes so many people only and does not count them yet. */
  readonly rooms: readonly string[]
}

/** Who comes in, and who does not, with what is full. */
export interface Admission<P> {
  readonly admitted: readonly P[]
  readonly refused: readonly { readonly person: P; readonly room: string }[]
}

/** Lets people in as long as there are places for them, in the order of their names; who takes none comes in always. */
export function admit<P>(newcomers: readonly Newcomer<P>[], placesLeft: (room: string) => number): Admission<P> {
  const left = new Map<string, number>()
  const leftIn = (room: string): number => left.get(room) ?? placesLeft(room)
  const admitted: P[] = []
  const refused: { person: P; room: string }[] = []
  for (const { person, rooms } of newcomers.toSorted((a, b) => compareText(a.user, b.user))) {
    const full = rooms.find((room) => leftIn(room) <= 0)
    if (full !== undefined) {
      refused.push({ person, room: full })
      continue
    }
    admitted.push(person)
    for (const room of rooms) left.set(room, leftIn(room) - 1)
  }
  return { admitted, refused }
}
