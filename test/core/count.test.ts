import { expect, it } from '@jest/globals'
import { count, countPeople } from '../../core/model/count.ts'

it.each([
  [count(0, 'member'), '0 members'],
  [count(1, 'member'), '1 member'],
  [count(2, 'identity', 'identities'), '2 identities'],
  [countPeople(1), '1 person'],
  [countPeople(3), '3 people'],
  [countPeople(1, 'more '), '1 more person'],
])('one is told in the singular, and any other number in the plural: %s', (said, expected) => {
  expect(said).toBe(expected)
})
