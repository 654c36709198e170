import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, textsIn } from '../../../test/connectors/any-values.ts'
import { names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ada = person(
  'ada',
  { 'user.login': 'ada', 'user.displayName': 'Lovelace, Ada "Countess"', 'user.email': 'ada@example.org' },
  { identities: ['idp/ada', 'github/ada'] },
)
const eve = person('eve', { 'user.login': 'eve', 'user.displayName': '=1+1' }, { status: 'EXPIRED' })
const shown = [{ name: 'name', attribute: 'user.displayName' }]

describe('the csv generator', () => {
  it('writes a line for everybody with access', async () => {
    const made = await generate(generator, inputOf({ accounts: [ada, eve, person('joan')] }))

    expect(made).toEqual({
      files: {
        'export.csv':
          'identity,login,name,email\nidp/ada,ada,"Lovelace, Ada ""Countess""",ada@example.org\nidp/joan,"","",""\n',
      },
      leftOut: [],
    })
  })

  it('shows what the options say, and everybody where it shows the status', async () => {
    const columns = [
      { name: '=who', attribute: 'identities' },
      { name: 'State, now', attribute: 'status' },
      { name: 'ids', attribute: 'user.ids' },
      { name: 'balance', attribute: 'user.balance' },
    ]
    const bob = person('bob', { 'user.ids': ['+1', 2, true], 'user.balance': -5 }, { banned: true })

    const { files } = await generate(generator, inputOf({ accounts: [ada, bob, eve], options: { columns } }))

    expect(files['export.csv']).toBe(
      `'=who,"State, now",ids,balance\nidp/ada;github/ada,VALID,"",""\nidp/bob,BANNED,'+1;2;true,-5\nidp/eve,EXPIRED,"",""\n`,
    )
  })

  it('keeps formulas where that is asked for', async () => {
    const options = { columns: shown, formulas: 'keep' }

    const { files } = await generate(generator, inputOf({ accounts: [{ ...eve, status: 'VALID' }], options }))

    expect(files['export.csv']).toBe('name\n=1+1\n')
  })

  it.each([
    ['a map', { a: 1 }, 'user.displayName is a map, which no cell can hold'],
    ['a line break', 'a\nb', 'user.displayName holds a line break, a control character or a direction mark'],
    ['a semicolon in a list', ['a;b', 'c'], 'user.displayName is a list with a semicolon in it'],
  ])('somebody with %s is left out', async (_, value, reason) => {
    const accounts = [person('eve', { 'user.displayName': value })]

    const made = await generate(generator, inputOf({ accounts, options: { columns: shown } }))

    expect(made).toEqual({ files: { 'export.csv': 'name\n' }, leftOut: [{ user: 'idp/eve', reason }] })
  })

  it('two columns of one name are refused', async () => {
    const options = { columns: [...shown, { name: 'name', attribute: 'user.login' }] }

    await expect(generate(generator, inputOf({ options }))).rejects.toMatchObject({ code: 'GENERATOR_OPTIONS_INVALID' })
  })

  it.each(names)('no text is a formula, more than a cell, or more than a line ($why)', async ({ text }) => {
    const accounts = [person('eve', { 'user.displayName': text })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts, options: { columns: shown } }))

    const rows = parse(files['export.csv'] ?? '')
    expect(rows.length + leftOut.length).toBe(2)
    for (const row of rows) expect(row).toEqual([expect.not.stringMatching(/^[=+\-@\t\r]/)])
  })

  it('reading the file gives back everybody who is not left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.other': anyValue }), async (accounts) => {
        const attributes = ['user.displayName', 'user.other']
        const columns = ['identity', ...attributes, 'status'].map((attribute) => ({ name: attribute, attribute }))
        const options = { columns, formulas: 'keep' }
        const { files, leftOut } = await generate(generator, inputOf({ accounts, options }))

        const kept = notLeftOut(accounts, leftOut)
        expect(parse(files['export.csv'] ?? '').slice(1)).toEqual(
          kept.map(({ identities, attributes: values, banned, status }) => [
            identities[0],
            ...attributes.map((name) => textsIn(values[name])?.join(';')),
            banned ? 'BANNED' : status,
          ]),
        )
        expect(files['export.csv']?.split('\n')).toHaveLength(kept.length + 2)
      }),
    )
  })
})

/** After RFC 4180; its lines may end with LF. */
function parse(text: string): string[][] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)].map(
      ([, inQuotes, plain = '']) => inQuotes?.replaceAll('""', '"') ?? plain,
    ),
  )
}
