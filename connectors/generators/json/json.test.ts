import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { names } from '../../../test/connectors/corpus.ts'
import { anyPeople, generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { generator } from './index.ts'

describe('the json generator', () => {
  it('writes every resource, also an empty one, with one member a line', async () => {
    const ada = person(
      'ada',
      { 'user.login': 'ada', 'user.email': 'ada@example.org' },
      { identities: ['idp/ada', 'github/ada'] },
    )
    const grace = person('grace', {}, { status: 'EXPIRED' })
    const resources = [
      { name: 'a', members: [] },
      { name: 'b', capabilities: ['res:b:act:x', 'res:a'], members: [ada, grace] },
      { vo: 'bio', name: 'c' },
      { vo: 'bio', name: 'd', members: [ada] },
    ]

    const { files } = await generate(generator, inputOf({ resources }))

    expect(files).toEqual({
      'export.json': `{
  "facility": "hpc",
  "service": "export",
  "generation": 7,
  "resources": [
    {"vo": "astro", "name": "a", "capabilities": [], "members": []},
    {"vo": "astro", "name": "b", "capabilities": ["res:a","res:b:act:x"], "members": [
      {"identities": ["idp/ada", "github/ada"], "status": "VALID", "attributes": {"user.email": "ada@example.org", "user.login": "ada"}},
      {"identities": ["idp/grace"], "status": "EXPIRED", "attributes": {}}
    ]},
    {"vo": "bio", "name": "c", "capabilities": [], "members": []},
    {"vo": "bio", "name": "d", "capabilities": [], "members": [
      {"identities": ["idp/ada", "github/ada"], "status": "VALID", "attributes": {"user.email": "ada@example.org", "user.login": "ada"}}
    ]}
  ]
}
`,
    })
  })

  it('says which members are no person, who answers for them, and what they are for', async () => {
    const backup = person(
      'backup',
      { 'user.login': 'backup' },
      { serviceAccount: { owners: ['idp/ada', 'idp/joan'], purpose: 'Nightly "backups"' } },
    )
    const orphan = person('orphan', {}, { serviceAccount: { owners: [], purpose: 'Nobody\u202eknows' } })

    const { files } = await generate(generator, inputOf({ resources: [{ members: [person('ada'), backup, orphan] }] }))

    expect(files['export.json']).toContain(`
      {"identities": ["idp/ada"], "status": "VALID", "attributes": {}},
      {"identities": ["idp/backup"], "serviceAccount": true, "owners": ["idp/ada", "idp/joan"], "purpose": "Nightly \\"backups\\"", "status": "VALID", "attributes": {"user.login": "backup"}},
      {"identities": ["idp/orphan"], "serviceAccount": true, "owners": [], "purpose": "Nobody\\u202eknows", "status": "VALID", "attributes": {}}
`)
  })

  it('shows the groups assigned here with their members where that is asked for', async () => {
    const [ada, eve] = [person('ada'), person('eve', {}, { banned: true })]
    const groups = [
      { name: 'a', attributes: { 'group.unixGid': 30001 }, members: [ada, eve, person('gr\u202eace')] },
      { vo: 'bio', name: 'empty' },
    ]

    const { files } = await generate(generator, inputOf({ groups, options: { groups: true } }))
    const none = await generate(generator, inputOf({ options: { groups: true } }))

    expect(files['export.json']).toContain(`
  ],
  "groups": [
    {"vo": "astro", "name": "a", "attributes": {"group.unixGid": 30001}, "members": ["idp/ada","idp/gr\\u202eace"]},
    {"vo": "bio", "name": "empty", "attributes": {}, "members": []}
  ]
}
`)
    expect(JSON.parse(files['export.json'] ?? '')).toMatchObject({ groups: [{ name: 'a' }, { name: 'empty' }] })
    expect(JSON.parse(none.files['export.json'] ?? '')).toMatchObject({ groups: [], resources: [] })
  })

  it('is good JSON where the service has no resource', async () => {
    const { files } = await generate(generator, inputOf({}))

    expect(JSON.parse(files['export.json'] ?? '')).toEqual({
      facility: 'hpc',
      service: 'export',
      generation: 7,
      resources: [],
    })
  })

  it('leaves out the banned, for whom the shape has no word', async () => {
    const eve = person('eve', {}, { banned: true })

    const { files } = await generate(generator, inputOf({ resources: [{ members: [eve] }] }))

    expect(JSON.parse(files['export.json'] ?? '')).toMatchObject({ resources: [{ members: [] }] })
  })

  it('shows invisible and direction-changing characters as escapes', async () => {
    const eve = person('eve', { 'user.displayName': 'a\u202eb\u2028c\u0085d\u{e0041}' })

    const { files } = await generate(generator, inputOf({ resources: [{ members: [eve] }] }))

    expect(files['export.json']).toContain('a\\u202eb\\u2028c\\u0085d\\udb40\\udc41')
  })

  it.each(names)('carries any text ($why)', async ({ text }) => {
    const eve = person('eve', { 'user.displayName': text, 'user.sshKeys': [text], map: { [text]: text } })

    const { files } = await generate(generator, inputOf({ resources: [{ members: [eve] }] }))

    const attributes: unknown = JSON.parse(JSON.stringify(eve.attributes))
    expect(JSON.parse(files['export.json'] ?? '')).toMatchObject({ resources: [{ members: [{ attributes }] }] })
  })

  it('reading the file gives back everybody who is not banned, each on a line of their own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPeople, { maxLength: 4 }), async (teams) => {
        const { files } = await generate(
          generator,
          inputOf({ resources: teams.map((members, index) => ({ name: `r${index}`, members })) }),
        )

        const text = files['export.json'] ?? ''
        const expected = teams.map((members) =>
          members
            .filter(({ banned }) => !banned)
            .map(({ identities, status, attributes }) => ({ identities, status, attributes })),
        )
        expect(JSON.parse(text)).toEqual({
          ...{ facility: 'hpc', service: 'export', generation: 7 },
          resources: expected.map((members, index) => ({ vo: 'astro', name: `r${index}`, capabilities: [], members })),
        })
        expect(text.match(/^ {6}\{"identities"/gm)?.length ?? 0).toBe(expected.flat().length)
      }),
    )
  })
})
