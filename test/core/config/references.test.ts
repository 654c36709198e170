import { expect, it } from '@jest/globals'
import { assignments } from '../../../core/config/assignments.ts'
import { isLogin } from '../../../core/config/built-in-attributes.ts'
import { parentOf, parseAttribute, parseGroup, parseIdentity, parseResource } from '../../../core/config/references.ts'
import { nearest } from '../../../core/model/nearest.ts'

it('an identity is split at its first slash', () => {
  expect(parseIdentity('orcid/https://orcid.org/1')).toEqual({ source: 'orcid', login: 'https://orcid.org/1' })
  expect(parseIdentity('ada')).toBeUndefined()
})

it('a group is of this VO, or of the one it names', () => {
  expect(parseGroup('a:b', 'astro')).toEqual({ vo: 'astro', name: 'a:b' })
  expect(parseGroup('bio/a:b', 'astro')).toEqual({ vo: 'bio', name: 'a:b' })
  expect(parseGroup('a:b', undefined)).toBeUndefined()
})

it('a resource has a VO and a name', () => {
  expect(parseResource('astro/batch')).toEqual({ vo: 'astro', name: 'batch' })
  expect(parseResource('batch')).toBeUndefined()
  expect(parseResource('a/b/c')).toBeUndefined()
})

it('an attribute has a holder and a name, a group perhaps a parent', () => {
  expect(parseAttribute('user-facility.uid')).toEqual({ holder: 'user-facility', name: 'uid' })
  expect(parentOf('a:b:c')).toBe('a:b')
  expect(parentOf('a')).toBeUndefined()
})

it('groups are assigned alone unless their subgroups are too', () => {
  expect(assignments({ groups: ['a', { group: 'b', subgroups: true }, { group: 'c' }] })).toEqual([
    { group: 'a', subgroups: false },
    { group: 'b', subgroups: true },
    { group: 'c', subgroups: false },
  ])
})

it('a login is safe in a line of passwd', () => {
  expect(['ada', '_x', '1a', 'a.b-c'].filter(isLogin)).toEqual(['ada', '_x', '1a', 'a.b-c'])
  expect(['1000', '-a', 'a:b', 'a b', '', 'a\n', 'x'.repeat(33)].filter(isLogin)).toEqual([])
})

it('the nearest word is the one probably meant', () => {
  expect(nearest('memebrs', ['managers', 'members'])).toBe('members')
  expect(nearest('Members', ['members'])).toBe('members')
  expect(nearest('xyz', ['members'])).toBeUndefined()
})
