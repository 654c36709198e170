import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { logins, names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ada = person('ada')
const options = { bases: ['/storage/projects', '/scratch'], quotas: true }

interface Team {
  readonly project?: JsonObject
  readonly unix?: JsonObject
  readonly resource?: JsonObject
}

const unix = (name: string, gid: number): JsonObject => ({ 'group.unixGroupName': name, 'group.unixGid': gid })

/** Groups with one member, each assigned to a resource of its own. */
function input(teams: readonly Team[], given: JsonObject = options) {
  return inputOf({
    ...{ accounts: [ada], options: given },
    resources: teams.map(({ project = {}, resource = {} }, index) => ({
      ...{ name: `r${index}`, attributes: resource, members: [ada] },
      groups: [{ vo: 'astro', name: `g${index}`, attributes: project }],
    })),
    groups: teams.map((team, index) => ({
      ...{ name: `g${index}`, members: [ada] },
      attributes: team.unix ?? unix(`unix${index}`, 20_000 + index),
    })),
  })
}

const named = (name: JsonValue, more: JsonObject = {}): JsonObject => ({ 'group-resource.projectName': name, ...more })

describe('the fs-project generator', () => {
  it('writes a line for every group with a name for it, by path', async () => {
    const teams = [
      { project: named('spectra') },
      {
        project: named('halos', {
          'group-resource.projectDirPermissions': '770',
          'group-resource.projectOwnerLogin': 'ada',
          'group-resource.projectDataQuota': '10G',
          'group-resource.projectDataLimit': '12',
        }),
      },
      { project: named('atlas'), resource: { 'resource.projectsBasePath': '/scratch' } },
      { project: {} },
      { project: named('no-unix'), unix: {} },
    ]

    expect(await generate(generator, input(teams))).toEqual({
      files: {
        'fs-project': `/scratch\tatlas\t750\tnobody\tunix2\t20002\t0\t0\t0\t0\t1
/storage/projects\thalos\t770\tada\tunix1\t20001\t10485760\t12582912\t0\t0\t1
/storage/projects\tspectra\t750\tnobody\tunix0\t20000\t0\t0\t0\t0\t1
`,
      },
      leftOut: [],
    })
  })

  it('says that quotas are not in force, where the facility does not say so', async () => {
    const { files } = await generate(generator, input([{ project: named('halos') }], { bases: ['/projects'] }))

    expect(files).toEqual({ 'fs-project': '/projects\thalos\t750\tnobody\tunix0\t20000\t0\t0\t0\t0\t0\n' })
  })

  it.each<[string, Team]>([
    ['a mode with a fourth digit', { project: named('x', { 'group-resource.projectDirPermissions': '4755' }) }],
    ['an owner of the system', { project: named('x', { 'group-resource.projectOwnerLogin': 'root' }) }],
    ['an amount that is none', { project: named('x', { 'group-resource.projectDataQuota': 'much' }) }],
    [
      'a limit below the quota',
      { project: named('x', { 'group-resource.projectDataQuota': '2G', 'group-resource.projectDataLimit': '1G' }) },
    ],
    ['a base of its own', { project: named('x'), resource: { 'resource.projectsBasePath': '/etc' } }],
    ['a group of the system', { project: named('x'), unix: unix('sudo', 20_000) }],
    ['a name that leads upwards', { project: named('..') }],
    ['a list for a name', { project: named(['x']) }],
  ])('makes nothing of %s, and says so of the people', async (_, team) => {
    const { files, leftOut } = await generate(generator, input([team]))

    expect(files).toEqual({ 'fs-project': '' })
    expect(leftOut).toEqual([{ user: 'idp/ada', reason: expect.any(String) }])
  })

  it('gives a directory to neither of two groups, and once to one that is assigned twice', async () => {
    const [one, other] = [{ project: named('same') }, { project: named('same') }]
    const twice = input([{ project: named('halos') }])
    const resources = twice.resources.flatMap((resource) => [resource, { ...resource, name: 'again' }])

    const both = await generate(generator, input([one, other]))
    const again = await generate(generator, { ...twice, resources })

    expect(both.files).toEqual({ 'fs-project': '' })
    expect(both.leftOut.length).toBeGreaterThan(0)
    expect(again.files['fs-project']?.split('\n')).toHaveLength(2)
  })

  it('whatever a group is to have, reading the file gives it back, or its people are reported', async () => {
    const odd = fc.constantFrom<JsonValue>(
      ...names.map(({ text }) => text),
      ...logins.flatMap(({ login }) => (login === null ? [] : [login])),
      'halos',
    )
    const project = fc.record({
      'group-resource.projectName': odd,
      'group-resource.projectOwnerLogin': odd,
      'group-resource.projectDirPermissions': fc.constantFrom<JsonValue>('750', '2770', '7'),
    })
    await fc.assert(
      fc.asyncProperty(project, async (given) => {
        const { files, leftOut } = await generate(generator, input([{ project: given }]))

        const lines = (files['fs-project'] ?? '').split('\n').slice(0, -1)
        const [, name, permissions, owner] = lines[0]?.split('\t') ?? []
        const expected = {
          'group-resource.projectName': name,
          'group-resource.projectOwnerLogin': owner,
          'group-resource.projectDirPermissions': permissions,
        }
        expect(lines.length + leftOut.length).toBe(1)
        if (lines.length > 0) expect(expected).toEqual({ ...given })
      }),
    )
  })
})
