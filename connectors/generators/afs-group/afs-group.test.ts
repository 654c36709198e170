import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { logins, names } from '../../../test/connectors/corpus.ts'
import {
  anyPeople,
  generate,
  inputOf,
  notLeftOut,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const of = (login: JsonValue) => person(textOf(login), { 'user.login': login })
const [ada, grace, linus] = [of('ada'), of('grace'), of('linus')]
const options = { realms: ['EXAMPLE.ORG', 'OTHER.ORG'] }

interface Team {
  readonly members: readonly Account[]
  readonly afs?: JsonValue
  readonly resource?: JsonObject
}

/** Groups, each assigned to a resource of its own with the people given for that. */
function input(teams: readonly Team[], reached = teams.map(({ members }) => members)) {
  const accounts = [...new Set(teams.flatMap(({ members }) => members))]
  return inputOf({
    ...{ accounts, options },
    resources: teams.map(({ afs, resource = {} }, index) => ({
      ...{ name: `r${index}`, attributes: resource, members: reached[index] ?? [] },
      groups: [
        {
          ...{ vo: 'astro', name: `g${index}` },
          attributes: afs === undefined ? {} : { 'group-resource.afsGroupName': afs },
        },
      ],
    })),
    groups: teams.map(({ members }, index) => ({ name: `g${index}`, members })),
  })
}

describe('the afs-group generator', () => {
  it('writes a file for each AFS group, of all that are assigned by its name', async () => {
    const teams = [
      { members: [grace, ada], afs: 'staff' },
      { members: [ada, linus], afs: 'staff', resource: { 'resource.afsDefaultUsersRealm': 'OTHER.ORG' } },
      { members: [], afs: 'nobody-yet' },
      { members: [linus] },
    ]

    expect(await generate(generator, input(teams))).toEqual({
      files: {
        'groups/nobody-yet': '',
        'groups/staff': 'ada@EXAMPLE.ORG\nada@OTHER.ORG\ngrace@EXAMPLE.ORG\nlinus@OTHER.ORG\n',
      },
      leftOut: [],
    })
  })

  it('names nobody who is expired, banned, or in the group without reaching the resource', async () => {
    const members = [ada, { ...grace, status: 'EXPIRED' as const }, { ...of('eve'), banned: true }, linus]

    const { files } = await generate(generator, input([{ members, afs: 'staff' }], [members.slice(0, 3)]))

    expect(files).toEqual({ 'groups/staff': 'ada@EXAMPLE.ORG\n' })
  })

  it.each([...names.map(({ text }) => text), 'a:b', '../x', '', 'a'.repeat(64), 7])(
    'leaves out the people of a group that is to be called %j',
    async (afs) => {
      const { files, leftOut } = await generate(generator, input([{ members: [ada], afs }]))

      const isName = typeof afs === 'string' && /^\w[\w-]{0,62}$/.test(afs)
      expect(Object.keys(files)).toEqual(isName ? [`groups/${afs}`] : [])
      expect(leftOut).toHaveLength(isName ? 0 : 1)
    },
  )

  it('leaves out the people of a resource that chooses a realm of its own', async () => {
    const resource = { 'resource.afsDefaultUsersRealm': 'EVIL.ORG' }

    const { files, leftOut } = await generate(generator, input([{ members: [ada], afs: 'staff', resource }]))

    expect(files).toEqual({})
    expect(leftOut).toEqual([{ user: 'idp/ada', reason: expect.stringContaining('resource.afsDefaultUsersRealm') }])
  })

  it.each(logins)('leaves out whose login is none ($why)', async ({ login }) => {
    const { files, leftOut } = await generate(generator, input([{ members: [of(login)], afs: 'staff' }]))

    expect(files).toEqual({ 'groups/staff': '' })
    expect(leftOut).toHaveLength(1)
  })

  it('whoever people are, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (members) => {
        const { files, leftOut } = await generate(generator, input([{ members, afs: 'staff' }]))

        const kept = notLeftOut(withAccess(members), leftOut)
        const lines = (files['groups/staff'] ?? '').split('\n').slice(0, -1)
        expect(lines).toEqual(kept.map(({ attributes }) => `${textOf(attributes['user.login'])}@EXAMPLE.ORG`).sort())
      }),
    )
  })
})

function textOf(login: JsonValue | undefined): string {
  return typeof login === 'string' ? login : ''
}
