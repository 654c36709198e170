import { describe, expect, it } from '@jest/globals'
import { holderForm, parseHolder, showHolder } from '../../../core/attributes/holder-reference.ts'
import { holders } from '../../../core/attributes/holders.ts'

describe('a holder', () => {
  it.each([
    ['user:idp/ada', { holder: 'user', names: [], user: 'idp/ada' }],
    ['identity:orcid/https://orcid.org/1', { holder: 'identity', names: [], user: 'orcid/https://orcid.org/1' }],
    ['member:astro/idp/ada', { holder: 'member', names: ['astro'], user: 'idp/ada' }],
    ['user-facility:hpc/idp/a/b', { holder: 'user-facility', names: ['hpc'], user: 'idp/a/b' }],
    ['member-resource:astro/batch/idp/ada', { holder: 'member-resource', names: ['astro', 'batch'], user: 'idp/ada' }],
    ['member-group:astro/a:b/idp/ada', { holder: 'member-group', names: ['astro', 'a:b'], user: 'idp/ada' }],
    ['vo:astro', { holder: 'vo', names: ['astro'] }],
    ['group:astro/a:b', { holder: 'group', names: ['astro', 'a:b'] }],
    ['resource:astro/batch', { holder: 'resource', names: ['astro', 'batch'] }],
    ['facility:hpc', { holder: 'facility', names: ['hpc'] }],
    ['host:hpc/login1.example.org', { holder: 'host', names: ['hpc', 'login1.example.org'] }],
    ['group-resource:bio/g/astro/batch', { holder: 'group-resource', names: ['bio', 'g', 'astro', 'batch'] }],
  ])('is read and written as %s', (text, reference) => {
    const read = parseHolder(text)

    expect(read).toEqual(reference)
    expect(read === undefined ? undefined : showHolder(read)).toBe(text)
  })

  it.each([
    '',
    'user',
    'user:',
    'user:ada',
    'person:idp/ada',
    'member:idp/ada',
    'vo:',
    'vo:a/b',
    'host:hpc',
    'group:astro//x',
  ])('is not read from %j', (text) => {
    expect(parseHolder(text)).toBeUndefined()
  })

  it('of every kind says how it is written', () => {
    expect(holders.map(holderForm)).toContain('member-group:<vo>/<group>/<identity>')
  })
})
