import { describe, expect, it } from '@jest/globals'
import { mayActFor, type ActFor } from '../../../core/policy/may-act-for.ts'

const mayAct = ['password', 'email']

describe('acting for a service account', () => {
  it.each<[string, ActFor, object]>([
    ['an owner does what it says', { isOwner: true, mayAct, what: 'email' }, { allowed: true }],
    [
      'an owner does nothing else',
      { isOwner: true, mayAct, what: 'shell' },
      { reason: 'not-permitted', message: '"shell" is not what its owners may do: expected "password", "email"' },
    ],
    [
      'an owner does nothing where it says nothing',
      { isOwner: true, mayAct: [], what: 'password' },
      { reason: 'not-permitted', message: '"password" is not what its owners may do: expected nothing' },
    ],
    ['nobody else does anything', { isOwner: false, mayAct, what: 'email' }, { reason: 'not-an-owner' }],
  ])('%s', (_, asked, expected) => {
    expect(mayActFor(asked)).toMatchObject(expected)
  })
})
