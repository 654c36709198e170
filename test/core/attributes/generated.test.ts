import { describe, expect, it } from '@jest/globals'
import { firstFreeLogin, loginBase, type LoginSource } from '../../../core/attributes/logins.ts'
import { attributesIn, fillTemplate } from '../../../core/attributes/templates.ts'

const ada = { displayName: 'Ada Lovelace', email: 'Ada.King@example.org', identity: 'idp/42' }

describe('a login', () => {
  it.each<[LoginSource[], Partial<typeof ada>, string]>([
    [['displayName'], {}, 'alovelace'],
    [['displayName'], { displayName: 'Žofie Nováková-Černá' }, 'znovakova-cerna'],
    [['displayName'], { displayName: 'Plato' }, 'plato'],
    [['email'], {}, 'ada.king'],
    [['identity', 'email'], {}, 'ada.king'],
    [['identity'], { identity: 'orcid/https://orcid.org/0000-0002' }, 'httpsorcid.org0000-0002'],
    [['identity'], {}, 'user'],
  ])('made from %j of %j is %s', (from, others, login) => {
    expect(loginBase({ ...ada, ...others }, from)).toBe(login)
  })

  it('has the first number behind it that is free, and is never too long', () => {
    const taken = new Set(['ada', 'ada2', 'x'.repeat(32)])

    expect(firstFreeLogin('ada', (login) => taken.has(login))).toBe('ada3')
    expect(firstFreeLogin('x'.repeat(32), (login) => taken.has(login))).toBe(`${'x'.repeat(31)}2`)
  })
})

describe('a template', () => {
  it('is filled once all of its values are there', () => {
    const template = '${user.login}-${member.badge}@example.org'

    expect(attributesIn(template)).toEqual(['user.login', 'member.badge'])
    expect(fillTemplate(template, (name) => (name === 'user.login' ? 'ada' : 7))).toBe('ada-7@example.org')
    expect(fillTemplate(template, (name) => (name === 'user.login' ? 'ada' : undefined))).toBeUndefined()
  })
})
