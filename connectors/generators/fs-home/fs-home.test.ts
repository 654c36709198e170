import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { logins } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const of = (login: string, uid: number, more: JsonObject = {}) =>
  person(login, { 'user.login': login, 'user-facility.uid': uid, ...more })
const ada = of('ada', 10_001)
const grace = of('grace', 10_002, { 'user-facility.gid': 20_000, 'user-facility.dataQuotas': { '/home': '10G:12G' } })

describe('the fs-home generator', () => {
  it('writes the homes of everybody by login and folder, with their groups', async () => {
    const input = inputOf({
      accounts: [grace, ada],
      options: { mountPoints: ['/home', '/storage/brno/home'] },
      resources: [
        { name: 'a', members: [grace, ada] },
        { name: 'b', members: [ada], attributes: { 'resource.fsHomeMountPoint': '/storage/brno/home' } },
        { name: 'c', members: [ada] },
      ],
      groups: [
        { name: 'team', members: [ada], attributes: { 'group.unixGroupName': 'crew', 'group.unixGid': 30_000 } },
        { name: 'members', members: [ada, grace] },
      ],
    })

    expect(await generate(generator, input)).toEqual({
      files: {
        'fs-home': `/home\tada\t10001\t10001\tVALID\tastro:members>,astro:team>crew
/storage/brno/home\tada\t10001\t10001\tVALID\tastro:members>,astro:team>crew
/home\tgrace\t10002\t20000\tVALID\tastro:members>
`,
      },
      leftOut: [],
    })
  })

  it('says how people stand: banned from one resource before VALID by another, and that before EXPIRED', async () => {
    const expired = { ...ada, status: 'EXPIRED' as const }
    const banned = { ...grace, banned: true }
    const resources = [
      { name: 'a', members: [expired, grace] },
      { name: 'b', members: [ada, banned] },
    ]
    const linus = { ...of('linus', 10_003), status: 'EXPIRED' as const }

    const { files } = await generate(
      generator,
      inputOf({
        ...{ accounts: [ada, grace, linus], resources: [...resources, { name: 'c', members: [linus] }] },
        groups: [{ name: 'team', members: [ada, banned, linus] }],
      }),
    )

    expect(files).toEqual({
      'fs-home': `/home\tada\t10001\t10001\tVALID\tastro:team>
/home\tgrace\t10002\t20000\tSUSPENDED\t
/home\tlinus\t10003\t10003\tEXPIRED\t
`,
    })
  })

  it('writes umask and quotas beside them, where the facility says so', async () => {
    const options = { umask: '0027', quotas: true }

    const { files } = await generate(
      generator,
      inputOf({ accounts: [ada, grace], resources: [{ members: [ada, grace] }], options }),
    )

    expect(files).toMatchObject({
      umask: '0027\n',
      quota_enabled: '1\n',
      quotas: '10002\t/home\t10485760\t12582912\t0\t0\n',
    })
  })

  it.each(['8', '00277', 'u=rwx', '0027\n'])('refuses the umask %j', async (umask) => {
    await expect(generate(generator, inputOf({ options: { umask } }))).rejects.toMatchObject({
      code: 'GENERATOR_OPTIONS_INVALID',
    })
  })

  it('leaves out the people of a resource that chooses a folder of its own', async () => {
    const attributes = { 'resource.fsHomeMountPoint': '/etc' }

    const made = await generate(generator, inputOf({ accounts: [ada], resources: [{ attributes, members: [ada] }] }))

    expect(made).toEqual({
      files: { 'fs-home': '' },
      leftOut: [{ user: 'idp/ada', reason: expect.stringContaining('resource.fsHomeMountPoint') }],
    })
  })

  it.each(logins)('leaves out whose login is none ($why)', async ({ login }) => {
    const accounts = [person('eve', { 'user.login': login, 'user-facility.uid': 10_001 })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts, resources: [{ members: accounts }] }))

    expect(files).toEqual({ 'fs-home': '' })
    expect(leftOut).toHaveLength(1)
  })

  it('whoever people are, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts, resources: [{ members: accounts }] }))

        const kept = notLeftOut(accounts, leftOut)
        const expected = kept.map(({ attributes, banned, status }) => ({
          login: textOf(attributes['user.login']),
          uid: textOf(attributes['user-facility.uid']),
          standing: banned ? 'SUSPENDED' : status,
        }))
        const read = parse(files['fs-home'] ?? '')
        expect(read).toEqual(expected.sort((one, other) => (one.login < other.login ? -1 : 1)))
        expect(new Set(read.map(({ login }) => login)).size).toBe(read.length)
        expect(new Set(read.map(({ uid }) => uid)).size).toBe(read.length)
        expect(read.filter(({ uid }) => Number(uid) < 1_000)).toEqual([])
      }),
    )
  })
})

interface Line {
  readonly login: string
  readonly uid: string
  readonly standing: string
}

function parse(file: string): Line[] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [, login = '', uid = '', , standing = ''] = line.split('\t')
    return { login, uid, standing }
  })
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
