import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
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

const ada = person('ada', { 'user.kerberosPrincipals': ['ada@EXAMPLE.ORG', 'ada/admin@EXAMPLE.ORG'] })
const grace = person('grace', { 'user.kerberosPrincipals': ['grace@EXAMPLE.ORG'] })
const options = { targets: ['deploy', 'root'] }
const choosing = (target: JsonValue) => ({ attributes: { 'resource.k5loginTargetUser': target } })

describe('the k5login-generic generator', () => {
  it('writes the principals of the people of resources into the file of the account that each chose', async () => {
    const resources = [
      { name: 'a', members: [grace, { ...ada, banned: true }] },
      { name: 'b', ...choosing('root'), members: [ada, person('none')] },
      { name: 'c', ...choosing('root'), members: [grace] },
    ]

    expect(await generate(generator, inputOf({ resources, options }))).toEqual({
      files: {
        'k5login/deploy': 'grace@EXAMPLE.ORG\n',
        'k5login/root': 'ada/admin@EXAMPLE.ORG\nada@EXAMPLE.ORG\ngrace@EXAMPLE.ORG\n',
      },
      leftOut: [],
    })
  })

  it('leaves out the people of a resource that chooses what the facility does not list', async () => {
    const resources = [{ ...choosing('../root'), members: [ada] }]

    const { files, leftOut } = await generate(generator, inputOf({ resources, options }))

    expect(files).toEqual({})
    expect(leftOut).toEqual([{ user: 'idp/ada', reason: expect.stringContaining('resource.k5loginTargetUser') }])
  })

  it('fails without accounts to choose from', async () => {
    await expect(generate(generator, inputOf({}))).rejects.toMatchObject({ code: 'GENERATOR_OPTIONS_INVALID' })
  })

  it('whatever principals people have, the file reads back as the good ones of those with access', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), async (members) => {
        const { files, leftOut } = await generate(generator, inputOf({ resources: [{ members }], options }))

        const active = members.filter(({ status, banned }) => status === 'VALID' && !banned)
        const good = new Set(active.flatMap(goodPrincipals))
        expect(files['k5login/deploy']?.split('\n')).toEqual([...[...good].sort(), ''])
        expect(new Set(leftOut.map(({ user }) => user)).size).toBe(leftOut.length)
      }),
    )
  })
})
