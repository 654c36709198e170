import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, textsIn } from '../../../test/connectors/any-values.ts'
import { names } from '../../../test/connectors/corpus.ts'
import { generate, inputOf, notLeftOut, peopleWith, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.login': 'ada', 'user.displayName': 'Ada Lovelace', 'user.email': 'ada@example.org' })
const eve = person('eve', { 'user.login': 'eve' }, { status: 'EXPIRED' })
const bob = person('bob', { 'user.login': 'bob' }, { banned: true })

describe('the scim generator', () => {
  it('writes users and groups, one a line', async () => {
    const groups = [
      { name: 'telescope:operators', members: [ada, bob, eve] },
      { vo: 'bio', name: 'empty' },
    ]

    const made = await generate(generator, inputOf({ accounts: [ada, bob, eve], groups, service: 'portal' }))

    const user = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"hpc/portal/idp'
    const group = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"hpc/portal'
    expect(made).toEqual({
      files: {
        'Users.ndjson': `${user}/ada","userName":"ada","displayName":"Ada Lovelace","emails":[{"value":"ada@example.org","primary":true}],"name":{"formatted":"Ada Lovelace"},"active":true}
${user}/bob","userName":"bob","active":false}
${user}/eve","userName":"eve","active":false}
`,
        'Groups.ndjson': `${group}/astro/telescope:operators","displayName":"astro:telescope:operators","members":[{"value":"hpc/portal/idp/ada","type":"User"}]}
${group}/bio/empty","displayName":"bio:empty","members":[]}
`,
      },
      leftOut: [],
    })
  })

  it('takes values from where the options say', async () => {
    const grace = person('grace', {
      'user.email': 'grace@navy.example',
      'user.first': 'Grace',
      'user.phones': ['+1', '+2'],
    })
    const attributes = { 'name.givenName': 'user.first', phoneNumbers: 'user.phones' }

    const options = { userName: 'user.email', attributes }
    const { files } = await generate(generator, inputOf({ accounts: [grace], options }))

    expect(JSON.parse(files['Users.ndjson'] ?? '')).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      externalId: 'hpc/export/idp/grace',
      userName: 'grace@navy.example',
      name: { givenName: 'Grace' },
      phoneNumbers: [{ value: '+1', primary: true }, { value: '+2' }],
      active: true,
    })
  })

  it('two people whom a provider takes for one are both left out, of groups too', async () => {
    const twin = person('twin', { 'user.login': 'ADA' })

    const groups = [{ members: [ada, twin] }]
    const { files, leftOut } = await generate(generator, inputOf({ accounts: [ada, twin], groups }))

    const reason = 'its userName is also that of another person'
    expect(leftOut).toEqual([
      { user: 'idp/ada', reason },
      { user: 'idp/twin', reason },
    ])
    expect(files['Users.ndjson']).toBe('')
    expect(JSON.parse(files['Groups.ndjson'] ?? '')).toMatchObject({ members: [] })
  })

  it.each([
    ['no login', { 'user.login': null }, 'user.login is missing'],
    ['a blank login', { 'user.login': ' ' }, 'user.login is blank'],
    ['two logins', { 'user.login': ['a', 'b'] }, 'user.login has several values'],
    [
      'a login of two lines',
      { 'user.login': 'a\nb' },
      'user.login holds a line break, a control character or a direction mark',
    ],
    ['a NUL', { 'user.displayName': '\0' }, 'user.displayName holds a NUL or half a character'],
    ['half a character', { 'user.displayName': '\udc00' }, 'user.displayName holds a NUL or half a character'],
    ['a map', { 'user.displayName': {} }, 'user.displayName is a map, which no attribute of SCIM here can hold'],
    ['no address', { 'user.email': 'ada' }, 'user.email is not a plain e-mail address'],
  ])('somebody with %s is left out', async (_, attributes, reason) => {
    const accounts = [person('eve', { 'user.login': 'eve', ...attributes })]

    const made = await generate(generator, inputOf({ accounts }))

    expect(made.files['Users.ndjson']).toBe('')
    expect(made.leftOut).toEqual([{ user: 'idp/eve', reason }])
  })

  it.each(names)('carries any text, or leaves its owner out ($why)', async ({ text }) => {
    const accounts = [person('eve', { 'user.login': 'eve', 'user.displayName': text })]

    const { files, leftOut } = await generate(generator, inputOf({ accounts }))

    const users = linesOf(files['Users.ndjson'])
    expect(users.length + leftOut.length).toBe(1)
    if (text !== '' && users.length > 0) expect(users).toMatchObject([{ displayName: text, name: { formatted: text } }])
  })

  it('reading the lines gives back everybody who is not left out', async () => {
    await fc.assert(
      fc.asyncProperty(peopleWith({ 'user.title': anyValue, 'user.phones': anyValue }), async (accounts) => {
        const options = { attributes: { title: 'user.title', phoneNumbers: 'user.phones' } }
        const { files, leftOut } = await generate(generator, inputOf({ accounts, options }))

        const kept = notLeftOut(accounts, leftOut)
        const expected = kept.map(({ identities: [user = ''], attributes, banned, status }) => {
          const [title, phones] = [textsIn(attributes['user.title'])?.[0], textsIn(attributes['user.phones']) ?? []]
          return {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
            externalId: `hpc/export/${user}`,
            userName: textsIn(attributes['user.login'])?.[0],
            ...(title === undefined ? {} : { title }),
            ...(phones.length === 0
              ? {}
              : { phoneNumbers: phones.map((value, index) => (index === 0 ? { value, primary: true } : { value })) }),
            active: status === 'VALID' && !banned,
          }
        })
        expect(linesOf(files['Users.ndjson'])).toEqual(expected)
      }),
    )
  })
})

function linesOf(text = ''): unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line))
}
