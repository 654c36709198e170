import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { logins } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const eve = person('eve', { 'user.login': 'eve' }, { banned: true, identities: ['idp/eve', 'github/eve'] })

describe('the banned-users generator', () => {
  it('writes who is banned, one a line', async () => {
    const accounts = [
      person('ada', { 'user.login': 'ada' }),
      eve,
      person('mallory', {}, { banned: true, status: 'EXPIRED' }),
    ]

    expect(await generate(generator, inputOf({ accounts }))).toEqual({
      files: {
        'banned-users.json': `{
  "idp/eve": {"identities":["idp/eve","github/eve"],"login":"eve","status":"VALID"},
  "idp/mallory": {"identities":["idp/mallory"],"status":"EXPIRED"}
}
`,
      },
      leftOut: [],
    })
  })

  it('is an empty object where nobody is banned', async () => {
    expect(await generate(generator, inputOf({}))).toEqual({ files: { 'banned-users.json': '{}\n' }, leftOut: [] })
  })

  it.each(logins)('tells of somebody without their login where it is not safe ($why)', async ({ login }) => {
    const accounts = [{ ...eve, attributes: { 'user.login': login } }]

    const { files } = await generate(generator, inputOf({ accounts }))

    expect(JSON.parse(files['banned-users.json'] ?? '')).toEqual({
      'idp/eve': { identities: ['idp/eve', 'github/eve'], status: 'VALID' },
    })
  })

  it('whoever people are, the file reads back as those who are banned, one a line', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, fc.string({ unit: 'grapheme' }), async (people, suffix) => {
        const accounts = people.map((one) => ({ ...one, identities: one.identities.map((name) => name + suffix) }))

        const { files } = await generate(generator, inputOf({ accounts }))

        const text = files['banned-users.json'] ?? ''
        const banned = accounts.filter((one) => one.banned)
        const read: unknown = JSON.parse(text)
        expect(read).toMatchObject(
          Object.fromEntries(
            banned.map(({ identities, status }): [string, object] => [identities[0] ?? '', { identities, status }]),
          ),
        )
        expect(text.split('\n')).toHaveLength(banned.length === 0 ? 2 : banned.length + 3)
      }),
    )
  })
})
