import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Step } from '../../ldap/entry-change.ts'
import type { Values } from '../../ldap/read-ldif.ts'
import { stepsBetween } from './modify.ts'
import { digestOf } from './scope.ts'
import type { Scope } from './scope.ts'

const mark = { attribute: 'description', value: 'guildhall:hpc/ldap' }
const scope: Scope = {
  mark,
  attributes: new Set(['objectclass', 'cn', 'mail', 'member', 'description']),
  classes: new Set(['person', 'account']),
}
const values = (all: Readonly<Record<string, readonly string[]>>): Values => new Map(Object.entries(all))

/** What a directory makes of the steps: to the byte, which is stricter than any. */
function applied(there: Values, steps: readonly Step[]): Values {
  const result = new Map(there)
  for (const { operation, name, values: those } of steps) {
    const before = operation === 'replace' ? [] : (result.get(name) ?? [])
    if (operation === 'delete') expect(before).toEqual(expect.arrayContaining([...those]))
    if (operation === 'add') expect(before.filter((value) => those.includes(value))).toEqual([])
    const after = operation === 'delete' ? before.filter((value) => !those.includes(value)) : [...before, ...those]
    if (after.length > 0) result.set(name, after)
    else result.delete(name)
  }
  return result
}

describe('the steps from one entry to another', () => {
  it('replace what is small, and leave to others what is theirs', () => {
    const there = values({
      ...{ objectclass: ['Person', 'extensibleObject', 'account'], cn: ['Ada'], mail: ['a'], drink: ['tea'] },
      description: ['by hand', mark.value],
    })

    expect(stepsBetween(there, values({ objectclass: ['person'], cn: ['ada'], description: ['new'] }), scope)).toEqual([
      { operation: 'replace', name: 'cn', values: ['ada'] },
      { operation: 'delete', name: 'description', values: ['by hand'] },
      { operation: 'add', name: 'description', values: ['new'] },
      { operation: 'replace', name: 'mail', values: [] },
      { operation: 'delete', name: 'objectclass', values: ['account'] },
    ])
  })

  it('name the values alone that differ, where there are many', () => {
    const member = Array.from({ length: 100 }, (_, index) => `uid=p${index},dc=org`)
    const wanted = values({ member: [...member.slice(1), 'uid=new,dc=org'] })

    expect(stepsBetween(values({ member }), wanted, scope)).toEqual([
      { operation: 'delete', name: 'member', values: ['uid=p0,dc=org'] },
      { operation: 'add', name: 'member', values: ['uid=new,dc=org'] },
    ])
  })

  it('are none between two ways to write a name', () => {
    const there = values({ member: ['cn=Lovelace\\2C Ada,dc=org', 'uid=bob,dc=org'] })

    expect(stepsBetween(there, values({ member: ['UID=bob, dc=org', 'CN = Lovelace\\, Ada, dc=org'] }), scope)).toEqual(
      [],
    )
  })

  it('make what is wanted of whatever is there, and keep the mark and what is not ours', () => {
    const some = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 30 })
    const anyValues = fc.record({ cn: some, mail: some, description: some, drink: some }).map((all) => {
      const kept = Object.entries(all).filter(([, those]) => those.length > 0)
      return values(Object.fromEntries(kept))
    })
    fc.assert(
      fc.property(anyValues, anyValues, (before, wanted) => {
        const there = new Map(before)
        there.set(mark.attribute, [...(before.get(mark.attribute) ?? []), mark.value])

        const result = applied(there, stepsBetween(there, wanted, scope))

        expect(digestOf(result, scope)).toBe(digestOf(wanted, scope))
        expect(result.get(mark.attribute)).toContain(mark.value)
        expect(result.get('drink')).toEqual(there.get('drink'))
        expect(stepsBetween(result, wanted, scope)).toEqual([])
      }),
    )
  })
})

describe('a digest of values', () => {
  it('tells apart whatever differs, and nothing else', () => {
    const all = fc.dictionary(
      fc.constantFrom('cn', 'mail'),
      fc.uniqueArray(fc.string({ maxLength: 2 }), { minLength: 1 }),
    )
    const written = (one: Readonly<Record<string, readonly string[]>>): string =>
      JSON.stringify(
        Object.entries(one)
          .map(([name, those]) => [name, [...those].sort()])
          .sort(),
      )
    fc.assert(
      fc.property(all, all, (one, other) => {
        const digests = [one, other].map((those) => digestOf(values(those), scope))

        expect(digests[0] === digests[1]).toBe(written(one) === written(other))
      }),
    )
  })
})
