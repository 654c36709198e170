import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { addresses, names } from '../../../test/connectors/corpus.ts'
import {
  generate,
  inputOf,
  notLeftOut,
  peopleWith,
  person,
  withAccess,
} from '../../../test/connectors/generator-input.ts'
import { anyAddress, anyAddresses } from '../../../test/connectors/many-people.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.email': 'ada@example.org', 'user.emails': ['ada.lovelace@example.com'] })
const grace = person('grace', { 'user.email': 'grace@example.org', 'user.emails': ['ada@example.org'] })

describe('the users-emails generator', () => {
  it('writes each address once, sorted', async () => {
    expect(await generate(generator, inputOf({ accounts: [grace, ada] }))).toEqual({
      files: { 'users-emails': 'ada.lovelace@example.com\nada@example.org\ngrace@example.org\n' },
      leftOut: [],
    })
  })

  it('makes the file where there is nobody', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { 'users-emails': '' }, leftOut: [] })
  })

  it('names nobody who is expired or banned, without a word', async () => {
    const accounts = [
      { ...ada, status: 'EXPIRED' as const },
      { ...grace, banned: true },
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({ files: { 'users-emails': '' }, leftOut: [] })
  })

  it.each([...addresses, ...names.map(({ why, text }) => ({ why, address: text }))])(
    'leaves out whoever has an address of another form ($why)',
    async ({ address }) => {
      const eve = person('eve', { 'user.email': address })

      expect(await generate(generator, inputOf({ accounts: [eve] }))).toEqual({
        files: { 'users-emails': '' },
        leftOut: [{ user: 'idp/eve', reason: 'user.email is not a plain e-mail address' }],
      })
    },
  )

  it('whoever people are, the lines are the addresses of those who are not left out', async () => {
    const people = peopleWith({ 'user.email': anyAddress, 'user.emails': anyAddresses })
    await fc.assert(
      fc.asyncProperty(people, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts }))

        const kept = notLeftOut(withAccess(accounts), leftOut)
        const theirs = kept.flatMap(({ attributes }) => [attributes['user.email'], attributes['user.emails']].flat())
        expect(files['users-emails']?.split('\n').slice(0, -1)).toEqual([...new Set(theirs)].sort())
      }),
    )
  })
})
