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
import { generator } from './index.ts'

const ada = person('ada', { 'user.kerberosPrincipals': ['ada@EXAMPLE.ORG', 'ada/admin@EXAMPLE.ORG'] })

describe('the k5login-root generator', () => {
  it('writes the principals of everybody once, one a line, sorted', async () => {
    const grace = person('grace', { 'user.kerberosPrincipals': ['ada@EXAMPLE.ORG', 'a@EXAMPLE.ORG'] })

    expect(await generate(generator, inputOf({ accounts: [ada, grace, person('none')] }))).toEqual({
      files: { k5login: 'a@EXAMPLE.ORG\nada/admin@EXAMPLE.ORG\nada@EXAMPLE.ORG\n' },
      leftOut: [],
    })
  })

  it('names nobody who is expired or banned', async () => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      { ...ada, banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: { k5login: '' }, leftOut: [] })
  })

  it.each(hostile)('leaves out whose principal is none ($why)', async ({ principal }) => {
    const eve = person('eve', { 'user.kerberosPrincipals': [principal] })

    const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve] }))

    expect(files).toEqual({ k5login: '' })
    expect(leftOut).toEqual([{ user: 'idp/eve', reason: expect.stringContaining('user.kerberosPrincipals') }])
  })

  it('whatever principals people have, the file reads back as the good ones of those with access', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.kerberosPrincipals': anyPrincipals }), async (accounts) => {
        const { files } = await generate(generator, inputOf({ accounts }))

        const active = accounts.filter(({ status, banned }) => status === 'VALID' && !banned)
        const good = new Set(active.flatMap(goodPrincipals))
        expect(files['k5login']?.split('\n')).toEqual([...[...good].sort(), ''])
      }),
    )
  })
})
