import { groupBy } from '../model/group-by.ts'

/** An application that waits for a decision; they come in the order in which people are told of them. */
export interface WaitingApplication {
  readonly id: number
  /** Where it lies, with others that the same people decide about. */
  readonly desk: string
  /** Who applied, where that is somebody known. */
  readonly applicant: number | undefined
  /** Who approved it as it is now, and for whom that was done. */
  readonly approvers: readonly number[]
}

/** Somebody who may decide at a desk, or whom they let decide: `voice` is whose right it is. */
export interface Seat {
  readonly desk: string
  readonly person: number
  readonly voice: number
  /** Where they were asked to stand in about this one alone. */
  readonly application: number | undefined
}

/** What one person is told. */
export interface Digest {
  readonly person: number
  /** Of all that wait for them. */
  readonly count: number
  /** The first ones. */
  readonly named: readonly number[]
}

/** The seats of one person at one desk. */
type Sitting = readonly Seat[]

/**
 * Tells each person how many applications wait for them, and the first of them: those about which one of their voices counts, which is
 * neither of who applied nor of who has approved, and none of who would have them decide for themselves. Of somebody for whom a whole desk
 * waits only exceptions are looked at, so that the cost does not grow with people times applications.
 */
export function digestsOf(
  waiting: readonly WaitingApplication[],
  seats: readonly Seat[],
  namedAtMost: number,
): readonly Digest[] {
  const byDesk = groupBy(waiting, ({ desk }) => desk)
  const places = new Map(waiting.map((one, place) => [one.id, place]))
  const concerning = applicationsByPerson(waiting)
  const told = new Map<number, { count: number; first: WaitingApplication[] }>()
  for (const sitting of groupBy(seats, ({ desk, person }) => `${person} ${desk}`).values()) {
    const [{ desk, person } = { desk: '', person: 0 }] = sitting
    const lying = byDesk.get(desk) ?? []
    const some = sitting.every(({ application }) => application !== undefined)
      ? lentTo(sitting, lying)
      : wholeDesk({ sitting, lying, concerning, namedAtMost })
    const before = told.get(person) ?? { count: 0, first: [] }
    told.set(person, { count: before.count + some.count, first: [...before.first, ...some.first] })
  }
  const placeOf = ({ id }: WaitingApplication): number => places.get(id) ?? 0
  return [...told].flatMap(([person, { count, first }]) => {
    const inOrder = first.sort((one, other) => placeOf(one) - placeOf(other)).slice(0, namedAtMost)
    return count === 0 ? [] : [{ person, count, named: inOrder.map(({ id }) => id) }]
  })
}

/** How many, and at least so many of the first as are named. */
interface Told {
  readonly count: number
  readonly first: readonly WaitingApplication[]
}

interface Desk {
  readonly sitting: Sitting
  readonly lying: readonly WaitingApplication[]
  readonly concerning: ReadonlyMap<number, readonly WaitingApplication[]>
  readonly namedAtMost: number
}

function wholeDesk({ sitting, lying, concerning, namedAtMost }: Desk): Told {
  const [{ desk } = { desk: '' }] = sitting
  const humans = new Set(sitting.flatMap(({ person, voice }) => [person, voice]))
  const exceptions = new Set([...humans].flatMap((human) => concerning.get(human) ?? []))
  let untold = 0
  for (const one of exceptions) if (one.desk === desk && !isFor(sitting, one)) untold += 1
  const first: WaitingApplication[] = []
  for (const one of lying) {
    if (first.length === namedAtMost) break
    if (isFor(sitting, one)) first.push(one)
  }
  return { count: lying.length - untold, first }
}

function lentTo(sitting: Sitting, lying: readonly WaitingApplication[]): Told {
  const asked = new Set(sitting.map(({ application }) => application))
  const first = lying.filter((one) => asked.has(one.id) && isFor(sitting, one))
  return { count: first.length, first }
}

function isFor(sitting: Sitting, { id, applicant, approvers }: WaitingApplication): boolean {
  const voices = sitting.filter(({ application }) => application === undefined || application === id)
  const counts = ({ person, voice }: Seat): boolean =>
    person !== applicant && !approvers.includes(person) && !approvers.includes(voice)
  return voices.every(({ voice }) => voice !== applicant) && voices.some(counts)
}

/** Of each person the applications in which they have a part already. */
function applicationsByPerson(
  waiting: readonly WaitingApplication[],
): ReadonlyMap<number, readonly WaitingApplication[]> {
  const parts = waiting.flatMap((one) => {
    const persons = new Set([...(one.applicant === undefined ? [] : [one.applicant]), ...one.approvers])
    return [...persons].map((person) => ({ person, one }))
  })
  return new Map(
    [...groupBy(parts, ({ person }) => person)].map(([person, some]) => [person, some.map(({ one }) => one)]),
  )
}
