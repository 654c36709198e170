import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fileNames, logins, names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, notLeftOut, person } from '../../../test/connectors/generator-input.ts'
import { textOf } from '../../../test/connectors/many-people.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.login': 'ada' })
const grace = person('grace', { 'user.login': 'grace' })
const at = (path: JsonValue): { readonly attributes: JsonObject } => ({
  attributes: { 'resource.apacheAuthzFile': path },
})

describe('the apache-basic-auth generator', () => {
  it('writes where the rule of a place goes, and whom it lets in, in the order of paths', async () => {
    const resources = [
      { ...at('/srv/wiki/.htaccess'), members: [grace, ada] },
      { name: 'none', members: [ada] },
      { ...at('/etc/apache2/access/data.conf'), members: [ada] },
      { ...at('/srv/empty/.htaccess') },
    ]

    expect(await generate(generator, inputOf({ accounts: [ada, grace], resources }))).toEqual({
      files: {
        'apache-basic-auth/1/path': '/etc/apache2/access/data.conf\n',
        'apache-basic-auth/1/authz': 'Require user ada\n',
        'apache-basic-auth/2/path': '/srv/empty/.htaccess\n',
        'apache-basic-auth/2/authz': 'Require all denied\n',
        'apache-basic-auth/3/path': '/srv/wiki/.htaccess\n',
        'apache-basic-auth/3/authz': 'Require user ada grace\n',
      },
      leftOut: [],
    })
  })

  it('lets nobody in who is expired or banned', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    const { files } = await generate(generator, inputOf({ resources: [{ ...at('/srv/x'), members }] }))

    expect(files['apache-basic-auth/1/authz']).toBe('Require all denied\n')
  })

  it('lets neither of two people in who share a login, wherever the other one is', async () => {
    const twin = person('twin', { 'user.login': 'ADA' })
    const resources = [
      { ...at('/srv/x'), members: [ada, grace] },
      { name: 'other', members: [twin] },
    ]

    expect(await generate(generator, inputOf({ accounts: [ada, grace, twin], resources }))).toEqual({
      files: { 'apache-basic-auth/1/path': '/srv/x\n', 'apache-basic-auth/1/authz': 'Require user grace\n' },
      leftOut: [{ user: 'idp/ada', reason: 'another person here goes by "ada" too' }],
    })
  })

  it('makes no files for two resources with one path', async () => {
    const resources = [
      { ...at('/srv/x'), name: 'one', members: [ada] },
      { ...at('/srv/x'), name: 'two', members: [grace] },
    ]

    expect(await generate(generator, inputOf({ accounts: [ada, grace], resources }))).toEqual({
      files: {},
      leftOut: [
        { user: 'idp/ada', reason: 'resource astro/one: another resource here has the same resource.apacheAuthzFile' },
        {
          user: 'idp/grace',
          reason: 'resource astro/two: another resource here has the same resource.apacheAuthzFile',
        },
      ],
    })
  })

  it.each([
    ...fileNames.filter((name) => name !== '/etc/cron.d/x'),
    ...['/', '/srv/../etc/x', '/srv/./x', '/srv//x', '/srv/x/', '/srv/x\n', '/srv/a b', '/srv/$(id)', 7, ['/srv/x']],
  ])('makes no files for a path such as %j', async (path) => {
    const made = await generate(generator, inputOf({ accounts: [ada], resources: [{ ...at(path), members: [ada] }] }))

    expect(made).toEqual({
      files: {},
      leftOut: [
        {
          user: 'idp/ada',
          reason: 'resource astro/cluster: resource.apacheAuthzFile is not an absolute path of plain characters',
        },
      ],
    })
  })

  it.each([...logins, ...names.map(({ why, text }) => ({ why, login: text }))])(
    'lets nobody in by a login of another form ($why)',
    async ({ login }) => {
      const eve = person('eve', { 'user.login': login })
      const resources = [{ ...at('/srv/x'), members: [eve] }]

      const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve], resources }))

      const isLeftOut = files['apache-basic-auth/1/authz'] === 'Require all denied\n'
      expect(isLeftOut || files['apache-basic-auth/1/authz'] === `Require user ${textOf(eve, 'user.login')}\n`).toBe(
        true,
      )
      expect(leftOut).toHaveLength(isLeftOut ? 1 : 0)
    },
  )

  it('whatever people are called, the rule names those who are not left out', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (members) => {
        const valid = members.filter(({ status, banned }) => status === 'VALID' && !banned)
        const resources = [{ ...at('/srv/x'), members }]

        const { files, leftOut } = await generate(generator, inputOf({ accounts: valid, resources }))

        const kept = notLeftOut(valid, leftOut)
        const written = kept.map(({ attributes }) => attributes['user.login']).sort()
        expect(parse(files['apache-basic-auth/1/authz'] ?? '')).toEqual(written)
        expect(new Set(written).size).toBe(written.length)
      }),
    )
  })
})

/** As mod_authz_user says: words parted by blanks, on one line. */
function parse(file: string): string[] {
  if (file === 'Require all denied\n') return []
  const [, users = ''] = /^Require user (.+)\n$/.exec(file) ?? []
  return users.split(/\s+/)
}
