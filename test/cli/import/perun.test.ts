import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { filesIn, golden } from './importing.ts'
import { attributeOf, importAnswers, richMember, vos } from './perun-answers.ts'

const fixtures = fileURLToPath(new URL('../../data/perun', import.meta.url))

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-perun-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Imports a folder of the test. */
function importing(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<object> {
  return importAnswers(root, name, files)
}

describe('guildhall import perun', () => {
  it('takes VOs, people, groups and resources, and tells what it leaves out and where', async () => {
    const folder = join(root, 'survey')
    const words = ['import', 'perun', fixtures, '--login-namespace', 'einfra', '--to', folder]

    const { exitCode, stdout } = await run(words)

    const [is, shouldBe] = golden('perun', stdout.replaceAll(folder, 'FOLDER'), await filesIn(folder))
    expect(is).toBe(shouldBe)
    expect(exitCode).toBe(2)
    expect((await run(['validate', folder])).stdout).toBe(`${folder} is valid\n`)
  })

  it.each([
    ['empty', {}, 'none of the files holds VOs; expected one such as "vosManager.getVos.json"'],
    ['cut', { 'getVos.json': '[{ "id": 1' }, 'Cannot read getVos.json: it is not JSON, or was cut off'],
    [
      'error',
      { 'getVos.json': '{ "errorId": "1f", "name": "PrivilegeException", "message": "You are not allowed" }' },
      'Cannot read getVos.json: expected a list, got the answer "You are not allowed"',
    ],
    ['latin1', { 'getVos.json': Buffer.from('["b\u00fcro"]', 'latin1') }, 'getVos.json: expected UTF-8 text'],
  ])('refuses a folder as a whole: %s', async (name, files, reason) => {
    expect(await importing(name, files)).toEqual({ exitCode: 1, said: expect.stringContaining(reason) })
    await expect(filesIn(join(root, `${name}-config`))).rejects.toThrow('ENOENT')
  })

  it.each([
    ['no-object', { 'getVos.json': `${vos.slice(0, -1)},\n7]` }, 'getVos.json:2 the entry: expected an object'],
    [
      'nul',
      { 'getVos.json': vos, 'getUsers.json': '[\n\n{ "id": 1, "firstName": "a\\u0000" }]' },
      'getUsers.json:3 firstName of object 1: it holds a line break or a character that is not seen',
    ],
    [
      'huge',
      { 'getVos.json': `[{ "id": 1, "shortName": "one", "name": "${'x'.repeat(10_000_000)}" }]` },
      'name of object 1: it has 10000000 characters, the limit is 1000',
    ],
    [
      'round',
      {
        'getVos.json': vos,
        'getAllGroups.json':
          '[{ "id": 1, "voId": 1, "name": "a", "parentGroupId": 2 },\n{ "id": 2, "voId": 1, "name": "b", "parentGroupId": 1 }]',
      },
      'getAllGroups.json:2 object 2: the group it lies below is not there; it is at the top',
    ],
    [
      'asked-otherwise',
      { 'getVos.json': vos, 'getAttributes.host=101.json': '[{ "friendlyName": "room" }]' },
      'getAttributes.host=101.json:1 getAttributes: it is taken of a user, vo, group, member, facility or resource; expected a name such as getAttributes.user=12.json',
    ],
    [
      'admins',
      { 'getVos.json': vos, 'getAdmins.facility=1.json': '[{ "id": 1 }]' },
      'getAdmins.facility=1.json:1 getAdmins: it is taken of a vo or group; expected a name such as getAdmins.vo=12.json',
    ],
    [
      'of-none',
      { 'getVos.json': vos, 'getGroupMembers.json': '[{ "id": 1 }]' },
      'getGroupMembers.json:1 getGroupMembers: it is taken of a group; expected a name such as getGroupMembers.group=12.json',
    ],
    [
      'unknown-group',
      { 'getVos.json': vos, 'getGroupMembers.group=7.json': '[{ "id": 1 }]' },
      'getGroupMembers.group=7.json:1 getGroupMembers: group 7 is not there',
    ],
    [
      'member-attribute',
      {
        'getVos.json': vos,
        'getRichMembers.vo=1.json':
          '[{ "id": 1, "userId": 1, "voId": 1, "user": { "id": 1 },\n"memberAttributes": [{ "friendlyName": "o", "value": "x" }] }]',
      },
      'getRichMembers.vo=1.json:1 attribute o: of members it is not taken (1 value)',
    ],
    [
      'user-attribute-of-none',
      {
        'getVos.json': vos,
        'getRichUsersWithAttributes.json':
          '[{ "id": 1, "userAttributes": [{ "friendlyName": "phone", "value": "x" }] }]',
      },
      'getRichUsersWithAttributes.json:1 attribute phone: of people it is not taken (1 value)',
    ],
    [
      'user-unasked',
      {
        ...{ 'getVos.json': vos, 'getRichMembers.vo=1.json': `[${richMember(1, [])}]` },
        'getAttributes.member=1.json': `[${attributeOf('user', 'phone', '"x"')}]`,
      },
      'getAttributes.member=1.json:1 attribute phone: of user it is not taken (1 value)',
    ],
    [
      'member-of-group-unasked',
      {
        ...{ 'getVos.json': vos, 'getUsers.json': '[{ "id": 1 }]' },
        'getRichMembers.vo=1.json': `[${richMember(1, [attributeOf('member_group', 'o', '"x"')])}]`,
      },
      'getRichMembers.vo=1.json:1 attribute o: of members it is not taken (1 value)',
    ],
    [
      'member-elsewhere',
      {
        ...{ 'getVos.json': vos, 'getAllGroups.json': '[{ "id": 7, "voId": 1, "name": "a" }]' },
        'getRichMembers.vo=1.json': `[${richMember(1, [])}]`,
        'getAttributes.group=7.member=1.json': `[${attributeOf('member_group', 'o', '"x"')}]`,
      },
      'attribute o: of a member of a group it is not taken: the document of the group does not name the member (1 value)',
    ],
    [
      'member-left-out',
      { 'getVos.json': vos, 'getAttributes.member=1.json': `[${attributeOf('member', 'o', '"x"')}]` },
      'attribute o: of a member it is not taken: no document names the member (1 value)',
    ],
    [
      'day-asked-for',
      {
        ...{ 'getVos.json': vos, 'getRichMembers.vo=1.json': `[${richMember(1, [])}]` },
        'getAttributes.member=1.json': `[${attributeOf('member', 'membershipExpiration', '"2031-01-01"')}]`,
      },
      'attribute membershipExpiration: of a member it is not taken: the day is taken of members that carry it along (getRichMembersWithAttributes) (1 value)',
    ],
    [
      'members-too-many',
      {
        'getVos.json': vos,
        'getRichMembers.vo=1.json': `[${Array.from({ length: 2_001 }, (_, at) => richMember(at + 1, at < 3 ? [attributeOf('member', 'o', '"x"')] : [])).join(',\n')}]`,
      },
      'getRichMembers.vo=1.json:1 attribute o: of a member it is not taken: with more than 2000 members there is no place for values of each (3 values)',
    ],
    [
      'members-group',
      {
        'getVos.json': vos,
        'getAllGroups.json': '[{ "id": 1, "voId": 1, "name": "members", "shortName": "members" }]',
        'getAttributes.group=1.json': `[${attributeOf('group', 'a', '"x"')}]`,
      },
      'getAttributes.group=1.json:1 attribute a: of a group it is not taken: no document is made of the group (1 value)',
    ],
    [
      'pair-not-assigned',
      {
        ...{ 'getVos.json': vos, 'getFacilities.json': '[{ "id": 1, "name": "hpc" }]' },
        'getAllGroups.json': '[{ "id": 1, "voId": 1, "name": "a" }]',
        'getResources.json': '[{ "id": 1, "voId": 1, "facilityId": 1, "name": "queue" }]',
        'getAttributes.group=1.resource=1.json': `[${attributeOf('group_resource', 'a', '"x"')}]`,
      },
      'getAttributes.group=1.resource=1.json:1 attribute a: of a group on a resource it is not taken: no document assigns the group to the resource (1 value)',
    ],
    [
      'resource-of-none',
      {
        ...{ 'getVos.json': vos, 'getResources.json': '[{ "id": 1, "voId": 1, "facilityId": 1, "name": "queue" }]' },
        'getAttributes.resource=1.json': `[${attributeOf('resource', 'a', '"x"')}]`,
      },
      'getAttributes.resource=1.json:1 attribute a: of a resource it is not taken: no document is made of the resource (1 value)',
    ],
    [
      'too-many-of-pairs',
      {
        ...{ 'getVos.json': vos, 'getFacilities.json': '[{ "id": 1, "name": "hpc" }]' },
        'getAllGroups.json': '[{ "id": 1, "voId": 1, "name": "a" }]',
        'getResources.json': '[{ "id": 1, "voId": 1, "facilityId": 1, "name": "queue" }]',
        'getAssignedGroups.resource=1.json': '[{ "id": 1, "voId": 1, "name": "a" }]',
        'getAttributes.group=1.resource=1.json': `[${['a', 'b', 'c', 'd', 'e'].map((one) => attributeOf(one < 'd' ? 'resource' : 'group_resource', one, `"${'x'.repeat(60_000)}"`)).join(',\n')}]`,
      },
      'getAttributes.group=1.resource=1.json:5 e of group 1 and resource 1: with it the values have more than 250000 characters together',
    ],
    [
      'no-text',
      { 'getVos.json': vos, 'getAttributes.vo=1.json': `[${attributeOf('vo', 'a', '7')}]` },
      'getAttributes.vo=1.json:1 a of VO 1: expected text, got the number 7',
    ],
    [
      'too-long',
      { 'getVos.json': vos, 'getAttributes.vo=1.json': `[${attributeOf('vo', 'a', `"${'x'.repeat(70_000)}"`)}]` },
      'getAttributes.vo=1.json:1 a of VO 1: it has 70002 characters, the limit is 65536',
    ],
    [
      'too-many',
      {
        'getVos.json': vos,
        'getAttributes.vo=1.json': `[${['a', 'b', 'c', 'd', 'e'].map((one) => attributeOf('vo', one, `"${'x'.repeat(60_000)}"`)).join(',\n')}]`,
      },
      'getAttributes.vo=1.json:5 e of VO 1: with it the values have more than 250000 characters together',
    ],
    [
      'no-day',
      {
        'getVos.json': vos,
        'getRichMembers.vo=1.json':
          '[{ "id": 1, "userId": 1, "voId": 1, "user": { "id": 1 }, "memberAttributes": [{ "friendlyName": "membershipExpiration", "value": "soon" }] }]',
      },
      'object 1: expected a day such as 2031-01-01 for membershipExpiration, got "soon"',
    ],
  ])('takes the rest where something cannot be taken: %s', async (name, files, reason) => {
    expect(await importing(name, files)).toEqual({
      exitCode: name === 'round' ? 0 : 2,
      said: expect.stringContaining(reason),
    })
    expect((await run(['validate', join(root, `${name}-config`)])).exitCode).toBe(0)
  })

  it.each([
    ...['password', 'adminPasswd', 'vault-passphrase', 'PWD', 'OIDCClientSecret', 'refreshTokens', 'db:credentials'],
    ...['PRIVATE_KEY', 'ssh-private-key', 'apiKey', 'api.key'],
  ])('leaves a value out whose name says that it is secret, and tells how many: %s', async (name) => {
    const folder = `secret-${name}`.replaceAll(/[^A-Za-z]/g, '-')
    const said = (id: number): Record<string, string> => ({
      [`getAttributes.facility=${id}.json`]: `[${attributeOf('facility', name, '"hunter2"')},\n${attributeOf('facility', 'publicKey', '"seen"')}]`,
    })
    const facilities = '[{ "id": 1, "name": "hpc" }, { "id": 2, "name": "archive" }]'

    const report = await importing(folder, {
      ...{ 'getVos.json': vos, 'getFacilities.json': facilities, ...said(1), ...said(2) },
    })

    const why = 'its name says that it is secret, and whoever reads the repository would read it (2 values)'
    const note = `getAttributes.facility=1.json:1 attribute ${name}: of a facility it is not taken: ${why}\n`
    expect(report).toEqual({ exitCode: 2, said: expect.stringContaining(note) })
    const written = Object.values(await filesIn(join(root, `${folder}-config`))).join('')
    expect([written.includes('hunter2'), written.includes('publicKey: seen')]).toEqual([false, true])
  })

  it('ends a membership of a group on the day that is told of the group, but no later than that of the VO', async () => {
    const rich = (id: number, name: string, day: string | null): string =>
      `{ "id": ${id}, "userId": ${id}, "voId": 1, "user": { "id": ${id} }, "memberAttributes": [{ "friendlyName": "${name}", "value": ${JSON.stringify(day)} }] }`
    const inVo = [rich(1, 'membershipExpiration', '2031-01-01'), rich(2, 'membershipExpiration', null)]
    const inGroup = ['2030-05-01', '2032-05-01'].map((day, index) => rich(index + 1, 'groupMembershipExpiration', day))
    const later = [rich(1, 'groupMembershipExpiration', '2032-05-01')]

    await importing('group-days', {
      ...{ 'getVos.json': vos, 'getRichMembers.vo=1.json': `[${inVo.join(',')}]` },
      'getAllGroups.json': '[{ "id": 1, "voId": 1, "name": "a" }, { "id": 2, "voId": 1, "name": "b" }]',
      'getGroupMembers.group=1.json': '[{ "id": 1 }, { "id": 2 }]',
      'getRichMembersWithAttributes.group=1.json': `[${inGroup.join(',')}]`,
      'getGroupRichMembers.group=2.json': `[${later.join(',')}]`,
    })

    const files = await filesIn(join(root, 'group-days-config'))
    const members = (path: string): string => files[path]?.replace(/[^]*members:\n/, '') ?? ''
    expect(members('one/groups/a.yaml')).toBe(
      '    - user: perun/1\n      expires: 2030-05-01\n    - user: perun/2\n      expires: 2032-05-01\n',
    )
    expect(members('one/groups/b.yaml')).toBe('    - user: perun/1\n      expires: 2031-01-01\n')
  })
})
