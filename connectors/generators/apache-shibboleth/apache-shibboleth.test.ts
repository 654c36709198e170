import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addresses } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { anyAddresses } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const attributes = { 'resource.apacheAuthzFile': '/etc/apache2/access/wiki.conf' }
const ada = person('ada', { 'user.eduPersonPrincipalNames': ['ada@example.org', 'ada@example.com'] })
const grace = person('grace', { 'user.eduPersonPrincipalNames': ['grace@example.org'] })

describe('the apache-shibboleth generator', () => {
  it('writes where the rules of a place go, and a line for everybody with all their names, sorted', async () => {
    const resources = [{ attributes, members: [grace, ada] }]

    expect(await generate(generator, inputOf({ accounts: [ada, grace], resources }))).toEqual({
      files: {
        'apache-shibboleth/1/path': '/etc/apache2/access/wiki.conf\n',
        'apache-shibboleth/1/authz': 'Require user ada@example.com ada@example.org\nRequire user grace@example.org\n',
      },
      leftOut: [],
    })
  })

  it('lets nobody in who is expired or banned', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    const { files } = await generate(generator, inputOf({ resources: [{ attributes, members }] }))

    expect(files['apache-shibboleth/1/authz']).toBe('Require all denied\n')
  })

  it('lets neither of two people in who have one name', async () => {
    const twin = person('twin', { 'user.eduPersonPrincipalNames': ['t@example.org', 'ADA@example.org'] })
    const accounts = [ada, grace, twin]

    const { files, leftOut } = await generate(
      generator,
      inputOf({ accounts, resources: [{ attributes, members: accounts }] }),
    )

    expect(files['apache-shibboleth/1/authz']).toBe('Require user grace@example.org\n')
    expect(leftOut).toEqual([
      { user: 'idp/ada', reason: 'another person here goes by "ada@example.org" too' },
      { user: 'idp/twin', reason: 'another person here goes by "ada@example.org" too' },
    ])
  })

  it.each(addresses)('lets nobody in by a name that could be read as something else ($why)', async ({ address }) => {
    const eve = person('eve', { 'user.eduPersonPrincipalNames': ['eve@example.org', address] })

    const { files, leftOut } = await generate(
      generator,
      inputOf({ accounts: [eve], resources: [{ attributes, members: [eve] }] }),
    )

    expect(files['apache-shibboleth/1/authz']).toBe('Require all denied\n')
    expect(leftOut).toEqual([
      { user: 'idp/eve', reason: 'user.eduPersonPrincipalNames is not a list of names such as "ada@example.org"' },
    ])
  })

  it('whatever people are called, the rules name those who are not left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.eduPersonPrincipalNames': anyAddresses }), async (members) => {
        const valid = members.filter(({ status, banned }) => status === 'VALID' && !banned)

        const { files, leftOut } = await generate(
          generator,
          inputOf({ accounts: valid, resources: [{ attributes, members }] }),
        )

        const kept = notLeftOut(valid, leftOut)
        const written = kept.map((one) =>
          JSON.stringify(sorted([one.attributes['user.eduPersonPrincipalNames']].flat())),
        )
        const read = parse(files['apache-shibboleth/1/authz'] ?? '')
        expect(read.map((people) => JSON.stringify(sorted(people))).sort()).toEqual(written.sort())
        const claims = read.flatMap((people) => [...new Set(people.map((name) => name.toLowerCase()))])
        expect(new Set(claims).size).toBe(claims.length)
      }),
    )
  })
})

function sorted<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)].sort()
}

/** As mod_authz_user says: words parted by blanks, a rule a line. */
function parse(file: string): string[][] {
  if (file === 'Require all denied\n') return []
  return file
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, users = ''] = /^Require user (.+)$/.exec(line) ?? []
      return users.split(/\s+/)
    })
}
