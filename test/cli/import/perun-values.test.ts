import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { filesIn } from './importing.ts'
import { attributeOf, importAnswers, richMember, vos } from './perun-answers.ts'

/** One of a group on a resource. */
function pair(value: string): string {
  return attributeOf('group_resource', 'q', value)
}

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-perun-values-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

it('takes values of a group on a resource, in whatever order both are asked with, or with the assignment', async () => {
  const files = {
    ...{ 'getVos.json': vos, 'getFacilities.json': '[{ "id": 1, "name": "hpc" }]' },
    'getAllGroups.json': ['a', 'b', 'c', 'd'].map((name, at) => ({ id: 10 + at, voId: 1, name })),
    'getResources.json': '[{ "id": 1, "voId": 1, "facilityId": 1, "name": "queue" }]',
    'getGroupAssignments.resource=1.json': [10, 11, 12, 13].map((id) => ({
      enrichedGroup: { group: { id }, attributes: id === 12 ? [JSON.parse(pair('"carried"')) as object] : [] },
    })),
    'getAttributes.group=10.resource=1.json': `[${pair('"one"')}, ${attributeOf('group', 'q', '"own"')}]`,
    'getAttributes.resource=1.group=11.json': `[${pair('"other"')}]`,
  }
  const texts = Object.entries<unknown>(files).map(
    ([path, one]) => [path, typeof one === 'string' ? one : JSON.stringify(one)] as const,
  )

  const report = await importAnswers(root, 'pairs', Object.fromEntries(texts))

  const written = await filesIn(join(root, 'pairs-config'))
  const shown = (path: string, from: RegExp): string => written[path]?.replace(from, '') ?? ''
  const entry = (name: string, value: string): string =>
    `    - group: ${name}\n      attributes:\n        q: ${value}\n`
  expect(report).toMatchObject({ exitCode: 0 })
  expect(shown('one/resources.yaml', /[^]*groups:\n/)).toBe(
    `${entry('a', 'one')}${entry('b', 'other')}${entry('c', 'carried')}    - d\n`,
  )
  expect(shown('one/groups/a.yaml', /[^]*attributes:\n/)).toBe('    q: own\n')
  expect(written['attributes.yaml']).toContain('name: group-resource.q\n')
})

it('takes values of members and of members of groups, each for its own document, and the day of a membership once', async () => {
  const day = attributeOf('member', 'membershipExpiration', '"2031-01-01"')
  const secret = attributeOf('member', 'vpnPassword', '"hunter2"')
  const report = await importAnswers(root, 'member-values', {
    ...{ 'getVos.json': vos, 'getAllGroups.json': '[{ "id": 7, "voId": 1, "name": "a" }]' },
    'getRichMembers.vo=1.json': `[${richMember(1, [day, attributeOf('member', 'o', '"vo"')])},\n${richMember(2, [secret])}]`,
    'getGroupMembers.group=7.json': '[{ "id": 1 }, { "id": 2 }]',
    'getGroupRichMembers.group=7.json': `[${richMember(1, [attributeOf('member_group', 'o', '"group"')])}]`,
    'getAttributes.member=2.group=7.json': `[${attributeOf('member_group', 'o', '"asked"')}]`,
  })

  const files = await filesIn(join(root, 'member-values-config'))
  const members = (path: string): string => files[path]?.replace(/[^]*members:\n/, '') ?? ''
  const values = (value: string): string => `      attributes:\n        o: ${value}\n`
  expect(report).toEqual({
    exitCode: 2,
    said: expect.stringContaining('attribute vpnPassword: of a member it is not taken: its name says'),
  })
  expect(members('one/vo.yaml')).toBe(`    - user: perun/1\n      expires: 2031-01-01\n${values('vo')}    - perun/2\n`)
  expect(members('one/groups/a.yaml')).toBe(
    `    - user: perun/1\n      expires: 2031-01-01\n${values('group')}    - user: perun/2\n${values('asked')}`,
  )
  const read = '  read:\n    - self\n    - vo-managers\n  write:\n    - nobody\n'
  const defined = (holder: string): string =>
    `kind: Attribute\nmetadata:\n  name: ${holder}.o\nspec:\n  type: string\n${read}`
  expect(files['attributes.yaml']?.split('---\n')).toEqual(
    ['member-group', 'member'].map((holder) => `apiVersion: guildhall/v1\n${defined(holder)}`),
  )
})

it('takes what else is told of people, what was asked for first, for them and managers of their VOs to read', async () => {
  const told = (...attributes: readonly string[]): string => `"userAttributes": [${attributes.join(', ')}]`
  const user = (name: string, value: string): string => attributeOf('user', name, JSON.stringify(value))

  const report = await importAnswers(root, 'user-values', {
    'getVos.json': vos,
    'getRichUsersWithAttributes.json': `[{ "id": 1, ${told(user('phone', 'carried'), user('login', 'somebody'), user('groups', 'x'))} }]`,
    'getAttributes.user=1.json': `[${user('phone', 'asked')}, ${user('preferredMail', 'ada@example.org')},\n${user('smtpPassword', 'hunter2')}]`,
    'getRichMembers.vo=1.json': `[{ "id": 2, "userId": 2, "voId": 1, "user": { "id": 2 }, ${told(user('phone', 'member'))} }]`,
  })

  const files = await filesIn(join(root, 'user-values-config'))
  const valuesOf = (id: number): string =>
    files['people.yaml']?.split(`    - perun/${id}\n  attributes:\n`)[1]?.split('---')[0] ?? ''
  expect(report).toEqual({
    exitCode: 2,
    said: expect.stringContaining(
      'getAttributes.user=1.json:2 attribute smtpPassword: of a user it is not taken: its name says',
    ),
  })
  expect(valuesOf(1)).toBe('    email: ada@example.org\n    phone: asked\n    login-2: somebody\n    groups-2: x\n')
  expect(valuesOf(2)).toBe('    phone: member\n')
  const read = '  read:\n    - self\n    - vo-managers\n  write:\n    - nobody\n'
  expect(files['attributes.yaml']?.split('---\n')).toEqual(
    ['phone', 'login-2', 'groups-2'].map((name) => expect.stringContaining(`  name: user.${name}\n`) as unknown),
  )
  expect(files['attributes.yaml']?.split(read)).toHaveLength(4)
})
