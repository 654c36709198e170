import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { admit, type Newcomer } from '../../../core/membership/admit.ts'

const places: Readonly<Record<string, number>> = { hall: 2, attic: 1, cellar: 0 }
const placesLeft = (room: string): number => places[room] ?? 0

const newcomer = (user: string, ...rooms: readonly string[]): Newcomer<string> => ({ person: user, user, rooms })

describe('whom rules bring in', () => {
  it('come in by name, each where all that they enter has a place, and whoever enters nothing comes in always', () => {
    const newcomers = [newcomer('d', 'hall'), newcomer('c', 'hall', 'attic'), newcomer('b', 'hall', 'attic')]
    const others = [newcomer('a', 'cellar'), newcomer('e', 'hall'), newcomer('f')]

    expect(admit([...newcomers, ...others], placesLeft)).toEqual({
      admitted: ['b', 'd', 'f'],
      refused: [
        { person: 'a', room: 'cellar' },
        { person: 'c', room: 'attic' },
        { person: 'e', room: 'hall' },
      ],
    })
  })

  it('are never more than there are places for, and nobody is left out who would find one', () => {
    const rooms = fc.uniqueArray(fc.constantFrom('hall', 'attic', 'cellar'))
    const crowd = fc.array(rooms, { maxLength: 9 })
    fc.assert(
      fc.property(crowd, (entered) => {
        const newcomers = entered.map((names, index) => newcomer(String(index), ...names))
        const { admitted, refused } = admit(newcomers, placesLeft)
        const left = (room: string): number =>
          placesLeft(room) -
          newcomers.filter(({ person, rooms: names }) => admitted.includes(person) && names.includes(room)).length
        const wouldFit = refused.filter(({ person }) =>
          newcomers.find((one) => one.person === person)?.rooms.every((room) => left(room) > 0),
        )

        expect({ over: Object.keys(places).filter((room) => left(room) < 0), wouldFit }).toEqual({
          over: [],
          wouldFit: [],
        })
      }),
    )
  })
})
