import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { digestsOf, type Digest, type Seat, type WaitingApplication } from '../../../core/applications/digests.ts'

const people = fc.integer({ min: 1, max: 4 })
const desks = fc.constantFrom('one', 'two')
const waitingLists = fc
  .array(
    fc.record({
      desk: desks,
      applicant: fc.option(people, { nil: undefined }),
      approvers: fc.array(people, { maxLength: 2 }),
    }),
    { maxLength: 8 },
  )
  .map((list) => list.map((one, index): WaitingApplication => ({ ...one, id: 10 + ((index * 7) % 8) })))
const seatLists = fc.array(
  fc.record({
    desk: desks,
    person: people,
    voice: people,
    application: fc.option(fc.integer({ min: 10, max: 17 }), { nil: undefined }),
  }),
  { maxLength: 8 },
)

/** Every application for every person. */
function oneByOne(waiting: readonly WaitingApplication[], seats: readonly Seat[], namedAtMost: number): Digest[] {
  return [1, 2, 3, 4].flatMap((person) => {
    const told = waiting.filter(({ id, desk, applicant, approvers }) => {
      const voices = seats.filter(
        (seat) =>
          seat.desk === desk && seat.person === person && (seat.application === undefined || seat.application === id),
      )
      if (applicant === person || approvers.includes(person)) return false
      return voices.every(({ voice }) => voice !== applicant) && voices.some(({ voice }) => !approvers.includes(voice))
    })
    const named = told.slice(0, namedAtMost).map(({ id }) => id)
    return told.length === 0 ? [] : [{ person, count: told.length, named }]
  })
}

it('a digest is of what each application by itself is for somebody, the first ones by name', () => {
  fc.assert(
    fc.property(waitingLists, seatLists, fc.integer({ min: 1, max: 4 }), (waiting, seats, namedAtMost) => {
      const digests = [...digestsOf(waiting, seats, namedAtMost)].sort((one, other) => one.person - other.person)

      expect(digests).toEqual(oneByOne(waiting, seats, namedAtMost))
    }),
  )
})
