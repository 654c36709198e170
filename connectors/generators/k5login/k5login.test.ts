import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { logins } from '../../../test/connectors/corpus.ts'
import {
  anyPrincipals,
  generate,
  goodPrincipals,
  inputOf,
  peopleWith,
  person,
} from '../../../test/connectors/generator-input.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const of = (login: JsonValue, ...principals: JsonValue[]) =>
  person(textOf(login), { 'user.login': login, 'user.kerberosPrincipals': principals })
const ada = of('ada', 'ada@EXAMPLE.ORG', 'ada/admin@EXAMPLE.ORG')
const grace = of('grace', 'grace@EXAMPLE.ORG')
const options = { mountPoints: ['/home', '/storage/brno/home'] }
const at = (mountPoint: JsonValue) => ({ attributes: { 'resource.fsHomeMountPoint': mountPoint } })

describe('the k5login generator', () => {
  it('writes a line for each home directory, principals sorted', async () => {
    const resources = [
      { name: 'a', members: [grace, ada] },
      { name: 'b', ...at('/storage/brno/home'), members: [ada, of('none')] },
      { name: 'c', members: [ada] },
    ]
    const accounts = [ada, grace, of('none')]

    expect(await generate(generator, inputOf({ accounts, resources, options }))).toEqual({
      files: {
        k5login: `/home/ada\tada/admin@EXAMPLE.ORG\tada@EXAMPLE.ORG
/home/grace\tgrace@EXAMPLE.ORG
/storage/brno/home/ada\tada/admin@EXAMPLE.ORG\tada@EXAMPLE.ORG
`,
      },
      leftOut: [],
    })
  })

  it('lies in /home where the facility says nothing else, and names nobody who is expired or banned', async () => {
    const members = [{ ...grace, status: 'EXPIRED' as const }, { ...of('eve', 'eve@EXAMPLE.ORG'), banned: true }, ada]

    const { files } = await generate(generator, inputOf({ resources: [{ members }], accounts: members }))

    expect(files).toEqual({ k5login: '/home/ada\tada/admin@EXAMPLE.ORG\tada@EXAMPLE.ORG\n' })
  })

  it.each([['/etc'], ['/home/../etc'], [42]])('leaves out the people of a resource that chooses %j', async (path) => {
    const { files, leftOut } = await generate(
      generator,
      inputOf({ resources: [{ ...at(path), members: [ada] }], options }),
    )

    expect(files).toEqual({ k5login: '' })
    expect(leftOut).toEqual([{ user: 'idp/ada', reason: expect.stringContaining('resource.fsHomeMountPoint') }])
  })

  it.each(logins)('leaves out whose login names no safe folder ($why)', async ({ login }) => {
    const members = [of(login, 'eve@EXAMPLE.ORG')]

    const { files, leftOut } = await generate(generator, inputOf({ resources: [{ members }], accounts: members }))

    expect(files).toEqual({ k5login: '' })
    expect(leftOut).toEqual([{ user: expect.any(String), reason: expect.stringContaining('user.login') }])
  })

  it('whoever people are, reading the file gives them back, or they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), async (members) => {
        const { files, leftOut } = await generate(generator, inputOf({ resources: [{ members }], accounts: members }))

        const out = new Set(leftOut.map(({ user }) => user))
        const kept = members.filter(
          (one) =>
            one.status === 'VALID' &&
            !one.banned &&
            !out.has(one.identities[0] ?? '') &&
            goodPrincipals(one).length > 0,
        )
        const expected = kept.map((one) => [
          `/home/${textOf(one.attributes['user.login'])}`,
          goodPrincipals(one).sort(),
        ])
        expect(parse(files['k5login'] ?? '')).toEqual(expected.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
      }),
    )
  })
})

/** The home directory and the principals of each line. */
function parse(file: string): [string, string[]][] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [home = '', ...principals] = line.split('\t')
    return [home, principals]
  })
}

function textOf(login: JsonValue | undefined): string {
  return typeof login === 'string' ? login : ''
}
