import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.login': 'ada' })
const grace = person('grace', { 'user.login': 'grace' })
const unix = (name: JsonValue, gid: JsonValue): { attributes: JsonObject } => ({
  attributes: { 'group.unixGroupName': name, 'group.unixGid': gid },
})

describe('the group generator', () => {
  it('writes a line for every group with a Unix name, logins sorted', async () => {
    const groups = [
      { name: 'a', ...unix('telops', 30001), members: [grace, ada] },
      { name: 'b', members: [ada] },
      { name: 'c', ...unix('empty', 30002) },
      { name: 'd', ...unix('board', 30003), members: [ada] },
      { name: 'e', ...unix('last', 30004) },
    ]

    expect(await generate(generator, inputOf({ groups }))).toEqual({
      files: { group: 'telops:x:30001:ada,grace\nempty:x:30002:\nboard:x:30003:ada\nlast:x:30004:\n' },
      leftOut: [],
    })
  })

  it('makes the file where there is no group', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { group: '' }, leftOut: [] })
  })

  it('leaves out whoever is expired or banned without a word, since they are not to be there', async () => {
    const members = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    const made = await generate(generator, inputOf({ groups: [{ ...unix('telops', 30001), members }] }))

    expect(made).toEqual({ files: { group: 'telops:x:30001:\n' }, leftOut: [] })
  })

  it.each([
    [unix('same', 30001), unix('same', 30002)],
    [unix('one', 30001), unix('two', 30001)],
  ])('groups that share a name or number get no line', async (one, two) => {
    const groups = [
      { ...one, members: [ada] },
      { name: 'other', ...two },
      { name: 'third', ...unix('third', 30009) },
    ]

    const { files, leftOut } = await generate(generator, inputOf({ groups }))

    expect(files['group']).toBe('third:x:30009:\n')
    expect(leftOut).toHaveLength(1)
  })

  it('whatever the members are called, every line reads back as its group and good logins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPeople, { maxLength: 5 }), async (teams) => {
        const groups = teams.map((members, index) => ({ ...unix(`team${index}`, 30000 + index), members }))

        const { files } = await generate(generator, inputOf({ groups }))

        const lines = files['group']?.split('\n').slice(0, -1) ?? []
        expect(lines.map((line) => line.split(':').slice(0, 3))).toEqual(
          groups.map((_, index) => [`team${index}`, 'x', `${30000 + index}`]),
        )
        for (const [index, line] of lines.entries()) {
          const read = (line.split(':')[3] ?? '').split(',').filter((login) => login !== '')
          const given = (teams[index] ?? []).map(({ attributes }) => attributes['user.login'])
          expect(given).toEqual(expect.arrayContaining(read))
          expect(read).toEqual([...new Set(read)].sort())
        }
      }),
    )
  })
})
