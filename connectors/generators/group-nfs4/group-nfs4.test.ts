import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { principals as hostile } from '../../../test/connectors/corpus.ts'
import {
  anyPrincipals,
  generate,
  goodPrincipals,
  inputOf,
  peopleWith,
  person,
} from '../../../test/connectors/generator-input.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const of = (name: string, ...principals: JsonValue[]) => person(name, { 'user.kerberosPrincipals': principals })
const unix = (name: JsonValue, gid: JsonValue): { attributes: JsonObject } => ({
  attributes: { 'group.unixGroupName': name, 'group.unixGid': gid },
})
const ada = of('ada', 'ada@EXAMPLE.ORG', 'ada/admin@EXAMPLE.ORG')

describe('the group-nfs4 generator', () => {
  it('writes a line for every group with a Unix name, principals sorted', async () => {
    const groups = [
      { name: 'a', ...unix('telops', 30001), members: [of('grace', 'grace@EXAMPLE.ORG'), ada, person('none')] },
      { name: 'b', members: [ada] },
      { name: 'c', ...unix('empty', 30002) },
    ]

    expect(await generate(generator, inputOf({ groups }))).toEqual({
      files: {
        'group-nfs4': 'telops:x:30001:ada/admin@EXAMPLE.ORG,ada@EXAMPLE.ORG,grace@EXAMPLE.ORG\nempty:x:30002:\n',
      },
      leftOut: [],
    })
  })

  it('names nobody who is expired or banned', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...ada, banned: true },
    ]

    const made = await generate(generator, inputOf({ groups: [{ ...unix('telops', 30001), members }] }))

    expect(made).toEqual({ files: { 'group-nfs4': 'telops:x:30001:\n' }, leftOut: [] })
  })

  it.each(hostile)('leaves out whose principal is none ($why)', async ({ principal }) => {
    const groups = [{ ...unix('telops', 30001), members: [of('eve', principal), ada] }]

    const { files, leftOut } = await generate(generator, inputOf({ groups }))

    expect(files).toEqual({ 'group-nfs4': 'telops:x:30001:ada/admin@EXAMPLE.ORG,ada@EXAMPLE.ORG\n' })
    expect(leftOut).toEqual([{ user: 'idp/eve', reason: expect.stringContaining('user.kerberosPrincipals') }])
  })

  it('whatever principals people have, every line reads back as its group and their good ones', async () => {
    const teams = fc.array(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), { maxLength: 4 })

    await fc.assert(
      fc.asyncProperty(teams, async (people) => {
        const groups = people.map((members, index) => ({ ...unix(`team${index}`, 30000 + index), members }))

        const { files } = await generate(generator, inputOf({ groups }))

        const expected = people.map((members, index) => {
          const active = members.filter(({ status, banned }) => status === 'VALID' && !banned)
          return [`team${index}`, 'x', `${30000 + index}`, new Set(active.flatMap(goodPrincipals))]
        })
        expect(parse(files['group-nfs4'] ?? '')).toEqual(expected)
      }),
    )
  })
})

/** The four fields of each line of group(5). */
function parse(file: string): unknown[] {
  const lines = file.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [name, password, gid, members = ''] = line.split(':')
    const list = members === '' ? [] : members.split(',')
    expect(list).toEqual([...new Set(list)].sort())
    return [name, password, gid, new Set(list)]
  })
}
