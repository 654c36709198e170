import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import { parseLdif } from '../../../test/connectors/parse-ldif.ts'
import { ed25519 } from '../../../test/connectors/public-keys.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const baseDn = 'dc=example,dc=org'
const ada = person('ada', {
  'user.login': 'ada',
  'user.displayName': 'Ada Lovelace',
  'user.email': 'ada@example.org',
  'user-facility.uid': 10001,
})
const joan = person('joan', { 'user.login': 'joan.clarke@example.org', 'user.displayName': 'Žofie' })
const telops = {
  name: 'telescope',
  attributes: { 'group.unixGroupName': 'telops', 'group.unixGid': 30001 },
  members: [ada, joan],
}

async function made(parts: Parameters<typeof inputOf>[0]) {
  const options = { baseDn, ...parts.options }
  const { files, leftOut } = await generate(generator, inputOf({ ...parts, options, service: 'directory' }))
  return { text: files['directory.ldif'] ?? '', entries: parseLdif(files['directory.ldif'] ?? ''), leftOut, files }
}

function entryOf(account: Account, options: JsonObject = {}) {
  return made({ accounts: [account], options }).then(({ entries }) => entries[1])
}

describe('the ldap generator', () => {
  it('makes two units, with who is in them', async () => {
    const { files, leftOut } = await made({
      accounts: [ada, joan],
      groups: [telops, { name: 'no-unix', members: [ada] }],
    })

    expect(files).toEqual({
      'directory.ldif': `dn: ou=people,dc=example,dc=org
objectClass: top
objectClass: organizationalUnit
ou: people

dn: uid=ada,ou=people,dc=example,dc=org
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: inetOrgPerson
objectClass: posixAccount
cn: Ada Lovelace
mail: ada@example.org
uid: ada
sn: Ada Lovelace
uidNumber: 10001
gidNumber: 10001
homeDirectory: /home/ada
loginShell: /bin/bash

dn: uid=joan.clarke@example.org,ou=people,dc=example,dc=org
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: inetOrgPerson
cn:: xb1vZmll
uid: joan.clarke@example.org
sn:: xb1vZmll

dn: ou=groups,dc=example,dc=org
objectClass: top
objectClass: organizationalUnit
ou: groups

dn: cn=telops,ou=groups,dc=example,dc=org
objectClass: top
objectClass: posixGroup
cn: telops
gidNumber: 30001
description: astro:telescope
memberUid: ada

`,
    })
    expect(leftOut).toEqual([])
  })

  it('lays the tree out as the options say', async () => {
    const grace = person('grace', { 'user.displayName': 'Grace #1, "Admiral"', 'user.tags': ['a', 'A ', 'b'] })
    const options = {
      ...{
        people: 'accounts',
        groups: 'teams',
        naming: 'cn',
        groupClass: 'groupOfNames',
        objectClasses: ['eduPerson'],
      },
      attributes: { cn: 'user.displayName', description: 'user.tags' },
    }

    const { entries } = await made({
      accounts: [grace],
      groups: [{ name: 'a:b', members: [grace] }, { name: 'empty' }],
      options,
    })

    const dn = 'cn=Grace #1\\, \\"Admiral\\",ou=accounts,dc=example,dc=org'
    const name = 'Grace #1, "Admiral"'
    const objectClass = ['top', 'person', 'organizationalPerson', 'inetOrgPerson', 'eduPerson']
    expect(entries.slice(1)).toEqual([
      { dn, values: { objectClass, cn: [name], description: ['a', 'b'], sn: [name] } },
      { dn: `ou=teams,${baseDn}`, values: { objectClass: ['top', 'organizationalUnit'], ou: ['teams'] } },
      {
        dn: `cn=astro:a:b,ou=teams,${baseDn}`,
        values: { objectClass: ['top', 'groupOfNames'], cn: ['astro:a:b'], member: [dn] },
      },
    ])
  })

  it('makes people alone where there are to be no groups', async () => {
    const { entries } = await made({ accounts: [ada], groups: [telops], options: { groupClass: 'none' } })

    expect(entries.map(({ dn }) => dn)).toEqual([`ou=people,${baseDn}`, `uid=ada,ou=people,${baseDn}`])
  })

  it.each([
    ['EXPIRED', { ...ada, status: 'EXPIRED' as const }],
    ['BANNED', { ...ada, banned: true }],
  ])('somebody %s is there only where the status is shown, without a way in', async (status, account) => {
    const group = { ...telops, members: [account] }
    const keys = { ...account, attributes: { ...account.attributes, 'user.sshKeys': [ed25519] } }
    const options = { status: 'employeeType', sshKeys: true }

    const hidden = await made({ accounts: [account], groups: [group] })
    const { entries } = await made({ accounts: [keys], groups: [group], options })

    expect(hidden.entries.map(({ dn }) => dn)).not.toContain(`uid=ada,ou=people,${baseDn}`)
    expect(entries[1]?.values).toMatchObject({ employeeType: [status], loginShell: ['/usr/sbin/nologin'] })
    expect(entries[1]?.values).not.toHaveProperty('sshPublicKey')
    expect(entries[3]?.values).not.toHaveProperty('memberUid')
  })

  it('shows well-formed keys where that is asked for', async () => {
    const keys = person('ada', { ...ada.attributes, 'user.sshKeys': [ed25519, `command="id" ${ed25519}`, 'junk'] })

    expect((await entryOf(keys))?.values).not.toHaveProperty('sshPublicKey')
    const shown = await entryOf(keys, { sshKeys: true })
    expect(shown?.values['sshPublicKey']).toEqual([ed25519])
    expect(shown?.values['objectClass']).toContain('ldapPublicKey')
  })

  it('a name that would break a line of passwd is kept out of it by a gecos', async () => {
    const eve = await entryOf(person('eve', { ...ada.attributes, 'user.displayName': 'Eve:0:0' }))

    expect(eve?.values).toMatchObject({ cn: ['Eve:0:0'], gecos: ['ada'] })
  })

  it.each([
    ['one login, as a directory sees it', { 'user.login': 'Ada' }, 'its uid ada is also that of another person'],
    [
      'one uid',
      { 'user.login': 'eve', 'user-facility.uid': 10001 },
      'its uidNumber 10001 is also that of another person',
    ],
  ])('two people with %s are both left out', async (_, attributes, reason) => {
    const { entries, leftOut } = await made({
      accounts: [ada, person('eve', attributes)],
      options: { groupClass: 'none' },
    })

    expect(entries).toHaveLength(1)
    expect(leftOut).toEqual([
      { user: 'idp/ada', reason },
      { user: 'idp/eve', reason },
    ])
  })

  it('two groups that a directory takes for one are both left out', async () => {
    const groups = ['Team', 'team'].map((name) => ({ name, members: [ada] }))

    const { entries, leftOut } = await made({ accounts: [ada], groups, options: { groupClass: 'groupOfNames' } })

    expect(entries).toHaveLength(3)
    expect(leftOut).toEqual([
      { user: 'idp/ada', reason: 'group astro:team: a directory takes two groups here for one' },
    ])
  })

  it.each([
    ['no login', {}, 'user.login is missing'],
    ['a login of the system', { 'user.login': 'root' }, 'uid: its value belongs to the system'],
    [
      'a login of two lines',
      { 'user.login': 'a\nb' },
      'user.login holds a line break, a control character or a direction mark',
    ],
    ['a blank login', { 'user.login': '  ' }, 'user.login is blank'],
    ['a long login', { 'user.login': 'x'.repeat(201) }, 'user.login is longer than 200 characters'],
    ['a NUL in the name', { 'user.displayName': 'a\0' }, 'user.displayName holds a NUL or half a character'],
    ['half a character', { 'user.displayName': 'a\ud800' }, 'user.displayName holds a NUL or half a character'],
    ['a map', { 'user.displayName': { a: 1 } }, 'user.displayName is a map, which no LDAP attribute can hold'],
    ['no address', { 'user.email': 'ada' }, 'user.email is not an e-mail address in ASCII'],
    ['a foreign address', { 'user.email': 'ad\u00e1@x.org' }, 'user.email is not an e-mail address in ASCII'],
    [
      'a uid of the system',
      { 'user-facility.uid': 0 },
      'user-facility.uid is missing or not a free number from 1000 on',
    ],
    [
      'a login that is no account name',
      { 'user.login': 'a b', 'user-facility.uid': 10009 },
      'uid: its value is not a safe account name',
    ],
    [
      'a shell with arguments',
      { 'user-facility.uid': 10009, 'user.shell': '/bin/sh -c id' },
      'its shell is not an absolute path of plain characters',
    ],
  ])('somebody with %s is left out', async (what, attributes, reason) => {
    const login = what === 'no login' ? {} : { 'user.login': 'eve' }
    const { entries, leftOut } = await made({ accounts: [person('eve', { ...login, ...attributes })] })

    expect(entries).toHaveLength(2)
    expect(leftOut).toEqual([{ user: 'idp/eve', reason }])
  })

  it.each([
    [{ baseDn: 'example' }, 'option baseDn must be a distinguished name'],
    [{ people: 'all', groups: 'All' }, 'option groups must be another name'],
    [{ naming: 'sn' }, 'option naming must be one of the LDAP attributes in "attributes"'],
    [
      { attributes: { uid: 'user.login', UIDNumber: 'user.badge' } },
      'option attributes must be LDAP attributes that nothing',
    ],
    [{ status: 'mail' }, 'option status must be LDAP attributes that nothing'],
  ])('options %j are refused', async (options, message) => {
    await expect(made({ options })).rejects.toMatchObject({
      code: 'GENERATOR_OPTIONS_INVALID',
      message: expect.stringContaining(message),
    })
  })

  it.each(names)('a name comes back as it was or its owner is left out ($why)', async ({ text }) => {
    const { entries, leftOut } = await made({
      accounts: [person('eve', { 'user.login': 'eve', 'user.displayName': text })],
    })

    expect(leftOut.length).toBe(/[\0\p{Cs}]/u.test(text) ? 1 : 0)
    expect(leftOut.length === 1 || entries[1]?.values['cn']?.[0] === (text === '' ? 'eve' : text)).toBe(true)
  })

  it('whatever people are called, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (accounts) => {
        const { text, entries, leftOut } = await made({ accounts, options: { status: 'employeeType' } })

        const kept = notLeftOut(accounts, leftOut)
        const people = entries.filter(({ dn }) => dn.startsWith('uid='))
        expect(people.map(({ values }) => [values['uid'], values['employeeType']])).toEqual(
          kept.map(({ attributes, banned, status }) => [
            [textIn(attributes['user.login'])],
            [banned ? 'BANNED' : status],
          ]),
        )
        expect(people.map(({ values }) => values['cn']?.[0])).toEqual(
          kept.map(({ attributes }) => textIn(attributes['user.displayName']) || textIn(attributes['user.login'])),
        )
        expect(text).toMatch(/^[\n -~]*$/)
        expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(76)
      }),
    )
  })
})

function textIn(value: JsonValue | undefined): string {
  const list: readonly (JsonValue | undefined)[] = Array.isArray(value) ? value : [value]
  const [first] = list
  return typeof first === 'string' || typeof first === 'number' ? `${first}` : ''
}
