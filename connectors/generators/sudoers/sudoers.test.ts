import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { logins } from '../../../test/connectors/corpus.ts'
import {
  anyPeople,
  generate,
  inputOf,
  notLeftOut,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const options = {
  rules: {
    web: { commands: ['/usr/bin/systemctl reload a:b=c,d', 'sudoedit /etc/motd'], noPassword: true },
    database: { commands: ['/usr/bin/psql ""'], runAs: 'postgres' },
    all: { commands: ['ALL'], runAs: 'ALL' },
  },
}
const ofResource = (rules: JsonValue) => ({ attributes: { 'resource.sudoRules': rules } })
const ofGroup = (name: string, rules: JsonValue) => ({
  vo: 'astro',
  name,
  attributes: { 'group-resource.sudoRules': rules },
})
const [ada, grace, joan] = ['ada', 'grace', 'joan'].map((name) => person(name, { 'user.login': name }))

if (ada === undefined || grace === undefined || joan === undefined) throw new Error('There is nobody to test with')

describe('the sudoers generator', () => {
  it('writes a line for each person and rule, of their resources and of their groups on these', async () => {
    const resources = [
      { name: 'a', ...ofResource(['database']), members: [ada, { ...joan, banned: true }] },
      { name: 'b', groups: [ofGroup('team', ['web', 'all'])], members: [ada, grace] },
    ]
    const groups = [
      { name: 'other', members: [ada] },
      { name: 'team', members: [grace, joan] },
    ]
    const accounts = [ada, grace, joan]

    expect(await generate(generator, inputOf({ accounts, resources, groups, options }))).toEqual({
      files: {
        sudoers: `ada ALL=(postgres) /usr/bin/psql ""
grace ALL=(ALL) ALL
grace ALL=(root) NOPASSWD: /usr/bin/systemctl reload a\\:b\\=c\\,d, sudoedit /etc/motd
`,
      },
      leftOut: [],
    })
  })

  it.each([['admin'], [['web', 'admin']], [[42]], ['web'], [{ web: true }]])(
    'gives nothing for the rules %j',
    async (rules) => {
      const resources = [{ ...ofResource(rules), groups: [ofGroup('team', rules)], members: [ada] }]

      const { files, leftOut } = await generate(
        generator,
        inputOf({ resources, groups: [{ members: [ada] }], options }),
      )

      expect(files).toEqual({ sudoers: '' })
      expect(leftOut.map(({ reason }) => reason)).toEqual([
        "resource astro/cluster: resource.sudoRules names a rule that the facility's options do not have",
        "group astro/team on astro/cluster: group-resource.sudoRules names a rule that the facility's options do not have",
      ])
    },
  )

  it.each(['ALL', ...logins.map(({ login }) => login)])('names nobody with the login %j', async (login) => {
    const eve = person('eve', { 'user.login': login })

    const made = await generate(
      generator,
      inputOf({ resources: [{ ...ofResource(['web']), members: [eve] }], options }),
    )

    expect(made.files).toEqual({ sudoers: '' })
    expect(made.leftOut).toEqual([{ user: 'idp/eve', reason: expect.stringContaining('user.login') }])
  })

  const badCommands: readonly JsonValue[] = [
    ...['', 'id', './id', '/bin/../id', '/bin/', '/bin/*', '/bin/id *', '/bin/id [a-z]', '/bin/id ^a$', '!/bin/id'],
    ...['/bin/id, ALL', '/bin/id\nALL', '/bin/id  x', '/bin/id #x', '/bin/id a\\', '/bin/id "a b"', 'sudoedit', 42],
    ...['/bin/id \u202e', '/bin/id\u0000', '/bin/id:x', 'sudoedit:/etc/motd', 'NOPASSWD: ALL', '@include /x'],
  ]
  const badRules: readonly JsonValue[] = [
    ...[{}, { commands: [] }, { commands: ['/bin/id'], noPassword: 'yes' }, 'web', null],
    ...badCommands.map((one) => ({ commands: [one] })),
    ...['a b', 'root)', '#0', '%wheel', '', 42, 'a,ALL', 'root\n'].map((runAs) => ({ commands: ['/bin/id'], runAs })),
  ]
  it.each(badRules.map((rule) => ({ rule })))('fails for the rule $rule', async ({ rule }) => {
    await expect(generate(generator, inputOf({ options: { rules: { rule } } }))).rejects.toMatchObject({
      code: 'GENERATOR_OPTIONS_INVALID',
    })
  })

  it('whoever people are, the file reads back as those with access, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (members) => {
        const resources = [{ ...ofResource(['web', 'database']), members }]

        const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources, options }))

        const kept = notLeftOut(withAccess(members), leftOut)
        const expected = kept.flatMap(({ attributes }) =>
          ['postgres', 'root'].map((as) => JSON.stringify([attributes['user.login'], as])),
        )
        const read = parse(files['sudoers'] ?? '')
        expect(new Set(read.map((one) => JSON.stringify(one)))).toEqual(new Set(expected))
        expect(read).toHaveLength(expected.length)
      }),
    )
  })
})

/** Who may do something as whom, of each line `user host=(runas) …`. */
function parse(file: string): [string, string][] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [, plain, quoted, runAs = ''] = /^(?:([a-z_][a-z0-9_-]*)|"([^"]+)") ALL=\(([^)]+)\) [^\n]+$/.exec(line) ?? []
    return [plain ?? quoted ?? '', runAs]
  })
}
