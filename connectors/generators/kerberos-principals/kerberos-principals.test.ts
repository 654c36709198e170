import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fileNames, principals as hostile } from '../../../test/connectors/corpus.ts'
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

const of = (name: string, ...principals: JsonValue[]) => person(name, { 'user.kerberosPrincipals': principals })
const ada = of('ada', 'ada@EXAMPLE.ORG')
const grace = of('grace', 'grace@EXAMPLE.ORG', 'grace/batch@EXAMPLE.ORG')
const suffix = (value: JsonValue) => ({ attributes: { 'resource.kerberosPrincipalsFileSuffix': value } })

describe('the kerberos-principals generator', () => {
  it('writes a stanza of the clients, and another for the resources with a suffix', async () => {
    const resources = [
      { name: 'a', members: [grace, person('none')] },
      { name: 'b', members: [ada, { ...of('eve', 'eve@EXAMPLE.ORG'), banned: true }] },
      { name: 'c', ...suffix('batch'), members: [ada] },
      { name: 'd', ...suffix('empty') },
    ]

    expect(await generate(generator, inputOf({ resources }))).toEqual({
      files: {
        'kerberos-principals': 'target_clients =\nada@EXAMPLE.ORG\ngrace/batch@EXAMPLE.ORG\ngrace@EXAMPLE.ORG\n;\n',
        'kerberos-principals-batch': 'target_clients =\nada@EXAMPLE.ORG\n;\n',
        'kerberos-principals-empty': 'target_clients =\n;\n',
      },
      leftOut: [],
    })
  })

  it.each(hostile)('leaves out whose principal is none ($why)', async ({ principal }) => {
    const { files, leftOut } = await generate(generator, inputOf({ resources: [{ members: [of('eve', principal)] }] }))

    expect(files).toEqual({ 'kerberos-principals': 'target_clients =\n;\n' })
    expect(leftOut).toEqual([{ user: 'idp/eve', reason: expect.stringContaining('user.kerberosPrincipals') }])
  })

  it.each([...fileNames.filter((name) => !/^[A-Za-z0-9_-]+$/.test(name)), 42, '', '-x'])(
    'writes no file of the suffix %j',
    async (value) => {
      const { files, leftOut } = await generate(
        generator,
        inputOf({ resources: [{ ...suffix(value), members: [ada] }] }),
      )

      expect(files).toEqual({})
      expect(leftOut).toEqual([{ user: 'idp/ada', reason: expect.stringContaining('kerberosPrincipalsFileSuffix') }])
    },
  )

  it('whatever principals people have, the stanza reads back as the good ones of those with access', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), async (members) => {
        const { files } = await generate(generator, inputOf({ resources: [{ members }] }))

        const active = members.filter(({ status, banned }) => status === 'VALID' && !banned)
        const good = new Set(active.flatMap(goodPrincipals))
        expect(files['kerberos-principals']?.split('\n')).toEqual(['target_clients =', ...[...good].sort(), ';', ''])
      }),
    )
  })
})
