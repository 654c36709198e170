import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

const ada = person('ada', { 'user.login': 'ada', 'user.displayName': 'Ada' })
const list = '{% for user in users %}{{ user.attributes["user.displayName"] }}\n{% endfor %}'

describe('the template generator', () => {
  it('renders every template over facility, service, options, users, resources and groups', async () => {
    const templates = {
      'b/members.txt':
        '{% for r in resources %}{{ r.vo }}/{{ r.name }}:{% for m in r.members %} {{ m.user }}{% endfor %}\n{% endfor %}',
      'a.txt':
        '{{ facility }} {{ service }} {{ options.banner }} {{ users.size }} {{ groups[0].attributes["group.unixGroupName"] }}\n',
    }
    const resources = [{ name: 'one', members: [ada] }, { name: 'two' }]
    const groups = [{ attributes: { 'group.unixGroupName': 'telops' }, members: [ada] }]

    const made = await generate(
      generator,
      inputOf({ accounts: [ada], resources, groups, templates, options: { banner: 'Hello' } }),
    )

    expect(made).toEqual({
      files: { 'a.txt': 'hpc export Hello 1 telops\n', 'b/members.txt': 'astro/one: idp/ada\nastro/two:\n' },
      leftOut: [],
    })
  })

  it('sees only people who are VALID and not banned', async () => {
    const accounts = [
      ada,
      person('gone', { 'user.displayName': 'Gone' }, { status: 'EXPIRED' }),
      person('eve', { 'user.displayName': 'Eve' }, { banned: true }),
    ]

    expect(await generate(generator, inputOf({ accounts, templates: { list } }))).toEqual({
      files: { list: 'Ada\n' },
      leftOut: [],
    })
  })

  it('tells service accounts from people', async () => {
    const serviceAccount = { owners: ['idp/ada'], purpose: 'Nightly backups' }
    const accounts = [ada, person('backup', { 'user.displayName': 'Backup' }, { serviceAccount })]
    const people = '{% for user in users %}{% unless user.serviceAccount %}{{ user.user }}{% endunless %}{% endfor %}'

    expect(await generate(generator, inputOf({ accounts, templates: { people } }))).toEqual({
      files: { people: 'idp/ada' },
      leftOut: [],
    })
  })

  it.each(names)('a value stays on its line or its owner is left out ($why)', async ({ text }) => {
    const eve = person('eve', { 'user.displayName': text })

    const { files, leftOut } = await generate(generator, inputOf({ accounts: [eve], templates: { list } }))

    expect(files['list']).toBe(leftOut.length === 1 ? '' : `${text}\n`)
  })

  it('lines read back as the people who are in', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async (accounts) => {
        const { files, leftOut } = await generate(generator, inputOf({ accounts, templates: { list } }))

        const out = new Set(leftOut.map(({ user }) => user))
        const kept = accounts.filter(
          ({ identities: [user = ''], status, banned }) => status === 'VALID' && !banned && !out.has(user),
        )
        expect(files['list']?.split('\n').slice(0, -1)).toEqual(
          kept.map(({ attributes }) => attributes['user.displayName']),
        )
      }),
    )
  })

  it('a template that fails names itself', async () => {
    await expect(generate(generator, inputOf({ templates: { 'motd.txt': '{% if %}' } }))).rejects.toMatchObject({
      code: 'TEMPLATE_FAILED',
      message: expect.stringContaining('"motd.txt"'),
    })
  })
})
