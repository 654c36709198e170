import { describe, expect, it } from '@jest/globals'
import { isBroughtBack, statusOnceLetGo, type LeftRow } from '../../../core/lifecycle/source-lets-go.ts'
import type { MemberStatus } from '../../../core/model/state.ts'

/** Rows such as `sync group`, `manager vo`, `config group EXPIRED`, `sync group authoritative`. */
function row(said: string): LeftRow {
  const [origin, place] = said.split(' ')
  const origins = ['config', 'sync', 'rule', 'application', 'manager', 'sponsor'] as const
  return {
    origin: origins.find((one) => one === origin) ?? 'config',
    status: said.includes('EXPIRED') ? 'EXPIRED' : 'VALID',
    isOfGroup: place === 'group',
    isAuthoritative: said.includes('authoritative'),
  }
}

const cases: readonly (readonly [MemberStatus, string, MemberStatus])[] = [
  ['VALID', '', 'EXPIRED'],
  ['INVALID', '', 'EXPIRED'],
  ['VALID', 'sync group', 'EXPIRED'],
  ['VALID', 'sync vo', 'EXPIRED'],
  ['VALID', 'manager group', 'EXPIRED'],
  ['VALID', 'application group', 'EXPIRED'],
  ['VALID', 'sponsor group', 'EXPIRED'],
  ['VALID', 'config group EXPIRED', 'EXPIRED'],
  ['VALID', 'manager vo EXPIRED', 'EXPIRED'],
  ['VALID', 'sync group authoritative EXPIRED', 'EXPIRED'],
  ['VALID', 'sync group authoritative', 'VALID'],
  ['VALID', 'sync vo authoritative', 'VALID'],
  ['VALID', 'config group', 'VALID'],
  ['VALID', 'rule group', 'VALID'],
  ['VALID', 'config vo', 'VALID'],
  ['VALID', 'manager vo', 'VALID'],
  ['VALID', 'application vo', 'VALID'],
  ['VALID', 'sponsor vo', 'VALID'],
  ['VALID', 'config group EXPIRED, manager group, rule group', 'VALID'],
  ['INVALID', 'manager vo', 'INVALID'],
  ['EXPIRED', 'manager vo', 'EXPIRED'],
  ['DISABLED', '', 'DISABLED'],
]

describe('a member whom an authoritative group lets go', () => {
  it.each(cases)('%s with rows "%s" is %s', (status, rows, expected) => {
    const left = rows === '' ? [] : rows.split(', ').map(row)

    expect(statusOnceLetGo({ status, rows: left })).toBe(expected)
  })
})

describe('a row of git or a source', () => {
  it.each([
    ['VALID', false, false],
    ['INVALID', false, false],
    ['EXPIRED', false, true],
    ['DISABLED', false, true],
    ['DISABLED', true, false],
  ] as const)('brings back who is %s (by a person: %s): %s', (status, endedByPerson, expected) => {
    expect(isBroughtBack({ status, endedByPerson })).toBe(expected)
  })
})
