import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, textsIn } from '../../../test/connectors/any-values.ts'
import { names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const head = '<?xml version="1.0" encoding="UTF-8"?>\n<people facility="hpc" service="export">\n'
const shown = [{ name: 'name', attribute: 'user.displayName' }]

describe('the xml generator', () => {
  it('writes a line for everybody with access', async () => {
    const ada = person('ada', {
      'user.login': 'ada',
      'user.displayName': 'Ada & <Co>',
      'user.email': 'ada@example.org',
    })
    const eve = person('eve', {}, { status: 'EXPIRED' })

    const { files } = await generate(generator, inputOf({ accounts: [ada, eve, person('joan')] }))

    expect(files).toEqual({
      'export.xml': `${head}  <person><identity>idp/ada</identity><login>ada</login><name>Ada &#x26; &#x3C;Co&#x3E;</name><email>ada@example.org</email></person>
  <person><identity>idp/joan</identity></person>
</people>
`,
    })
  })

  it('shows what the options say, and everybody where it shows the status', async () => {
    const columns = [
      { name: 'who', attribute: 'identities' },
      { name: 'state', attribute: 'status' },
      { name: 'x', attribute: 'user.x' },
    ]
    const bob = person(
      'bob',
      { 'user.x': [1, 'a\u202e\r', false] },
      { banned: true, identities: ['idp/bob', 'github/bob'] },
    )

    const { files } = await generate(generator, inputOf({ accounts: [bob], options: { columns } }))

    expect(files['export.xml']).toBe(
      `${head}  <person><who>idp/bob</who><who>github/bob</who><state>BANNED</state><x>1</x><x>a&#x202E;&#xD;</x><x>false</x></person>\n</people>\n`,
    )
  })

  it.each([
    ['a map', { a: 1 }, 'user.displayName is a map, which no element can hold'],
    ['an escape sequence', '\u001b[2J', 'user.displayName holds a character that XML cannot hold'],
    ['half a character', '\ud800', 'user.displayName holds a character that XML cannot hold'],
    ['what is no character', '\uffff', 'user.displayName holds a character that XML cannot hold'],
  ])('somebody with %s is left out', async (_, value, reason) => {
    const accounts = [person('eve', { 'user.displayName': value })]

    const made = await generate(generator, inputOf({ accounts, options: { columns: shown } }))

    expect(made).toEqual({ files: { 'export.xml': `${head}</people>\n` }, leftOut: [{ user: 'idp/eve', reason }] })
  })

  it.each(names)('a text is one element, or its owner is left out ($why)', async ({ text }) => {
    const accounts = [person('eve', { 'user.displayName': text })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts, options: { columns: shown } }))

    const people = parse(files['export.xml'] ?? '')
    expect(people.length + leftOut.length).toBe(1)
    expect(people.flat().every(([, value]) => value === text)).toBe(true)
  })

  it('reading the file gives back everybody who is not left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.other': anyValue }), async (accounts) => {
        const columns = ['identity', 'user.displayName', 'user.other', 'status'].map((attribute, index) => ({
          name: `c${index}`,
          attribute,
        }))
        const { files, leftOut } = await generate(generator, inputOf({ accounts, options: { columns } }))

        const kept = notLeftOut(accounts, leftOut)
        expect(parse(files['export.xml'] ?? '')).toEqual(
          kept.map(({ identities, attributes, banned, status }) => [
            ['c0', identities[0]],
            ...(textsIn(attributes['user.displayName']) ?? []).map((text) => ['c1', text]),
            ...(textsIn(attributes['user.other']) ?? []).map((text) => ['c2', text]),
            ['c3', banned ? 'BANNED' : status],
          ]),
        )
      }),
    )
  })
})

/** The elements of each person, with references to characters resolved. */
function parse(text: string): [name: string, value: string][][] {
  return [...text.matchAll(/^ {2}<person>(.*)<\/person>$/gmu)].map(([, inner = '']) =>
    [...inner.matchAll(/<([\w.-]+)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [
      name,
      value.replace(/&#x([0-9A-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))),
    ]),
  )
}
