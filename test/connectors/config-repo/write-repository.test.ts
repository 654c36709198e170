import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFolder } from '../../../connectors/config-repo/read-folder.ts'
import { writeRepository } from '../../../connectors/config-repo/write-repository.ts'
import type { ConfigDocument } from '../../../core/config/document.ts'
import { directoryFiles, type ImportedPerson, type ImportedVo } from '../../../core/import/directory.ts'
import type { GroupDraft } from '../../../core/import/group-tree.ts'
import { abilities, writeFilesTo } from './write-files.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-write-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let number = 0
const newFolder = (): string => {
  number += 1
  return join(root, String(number))
}

interface Content {
  readonly source?: string
  readonly people?: readonly ImportedPerson[]
  readonly vos?: readonly ImportedVo[]
}

/** Writes people and VOs as an importer does. */
async function write(
  folder: string,
  { source = 'idp', people = [], vos = [] }: Content,
): ReturnType<typeof writeRepository> {
  const files = directoryFiles({
    instance: 'one',
    sources: source === 'hr' ? ['hr', 'orcid'] : [source],
    attributes: new Map(),
    people,
    vos,
  })
  return writeRepository(files, { folder, shown: 'there', adds: true, abilities })
}

const person = (identity: string, displayName: string): ImportedPerson => ({
  identities: [identity],
  attributes: { displayName },
})

const peopleFrom = (first: number, last: number): ImportedPerson[] =>
  Array.from({ length: last - first }, (_, index) => person(`idp/p${first + index}`, `Person ${first + index}`))

async function documentsIn(folder: string): Promise<ConfigDocument[]> {
  return (await readFolder(folder)).documents.map(({ document }) => document)
}

const draft = (name: string): GroupDraft => ({ name, members: new Map(), managers: [], includes: [] })

const countUsers = async (folder: string): Promise<number> =>
  (await documentsIn(folder)).filter(({ kind }) => kind === 'User').length

describe('files of a configuration', () => {
  it('have everybody where more are added than one file may hold', async () => {
    const folder = newFolder()
    await write(folder, { people: peopleFrom(0, 10) })

    const { paths } = await write(folder, { people: peopleFrom(10, 1_510) })

    expect(paths).toEqual(['people-2.yaml', 'people-3.yaml'])
    expect(await countUsers(folder)).toBe(1_510)
  })

  it.each([
    ['in a new folder', [], ['physics-2.yaml', 'physics-3.yaml', 'physics.yaml']],
    ['beside files that are there', ['physics', 'physics-3'], ['physics-2-2.yaml', 'physics-2.yaml', 'physics-4.yaml']],
  ])('have all groups where the number of a part is the name of another group: %s', async (_, there, expected) => {
    const folder = newFolder()
    const names = ['physics', 'physics-2', ...Array.from({ length: 1_499 }, (__, index) => `physics:g${index}`)]
    await write(folder, { vos: [{ name: 'art', members: [], groups: there.map(draft) }] })
    await mkdir(join(folder, 'astro/groups'), { recursive: true })
    for (const name of there)
      await rename(join(folder, `art/groups/${name}.yaml`), join(folder, `astro/groups/${name}.yaml`))

    const { paths } = await write(folder, { vos: [{ name: 'astro', members: [], groups: names.map(draft) }] })

    expect(paths.filter((path) => path.includes('physics'))).toEqual(expected.map((path) => `astro/groups/${path}`))
    const groups = (await documentsIn(folder)).filter(({ kind }) => kind === 'Group')
    expect(groups.length).toBe(1_501 + there.length)
  })

  it('have lists of members under names that are free', async () => {
    const folder = newFolder()
    await mkdir(folder)
    await writeFilesTo(folder, { 'astro/VO-members.csv': 'identity\nidp/ada\n' })
    const members = Array.from({ length: 2_001 }, (_, index) => `idp/p${index}`)

    const { paths } = await write(folder, { vos: [{ name: 'astro', members, groups: [] }] })

    expect(paths).toEqual(['astro/vo-members-2.csv', 'astro/vo.yaml', 'instance.yaml'])
  })

  it('have people of other identities under another name, once', async () => {
    const folder = newFolder()
    const yonath = { source: 'hr', people: [{ ...person('hr/ada', 'Ada Yonath'), identities: ['hr/ada', 'orcid/7'] }] }
    await write(folder, { people: [person('idp/ada', 'Ada Lovelace')] })

    const first = await write(folder, yonath)
    const again = await write(folder, yonath)

    const users = (await documentsIn(folder)).filter(({ kind }) => kind === 'User')
    expect(users.map(({ metadata, spec }) => ({ name: metadata.name, ...spec }))).toEqual([
      { name: 'ada-2', identities: ['hr/ada', 'orcid/7'], attributes: { displayName: 'Ada Yonath' } },
      { name: 'ada', identities: ['idp/ada'], attributes: { displayName: 'Ada Lovelace' } },
    ])
    expect([first, again].map(({ there, conflicts }) => ({ there, conflicts }))).toEqual([
      { there: ['Instance one at instance.yaml:1'], conflicts: [] },
      {
        there: [
          ...['Instance one at instance.yaml:1', 'Source hr at instance-2.yaml:1', 'Source orcid at instance-2.yaml:8'],
          'User ada-2 at people-2.yaml:1',
        ],
        conflicts: [],
      },
    ])
  })

  it('leave the login to who is there', async () => {
    const folder = newFolder()
    await write(folder, { people: [{ identities: ['idp/ada'], attributes: { login: 'ada' } }] })

    const { conflicts } = await write(folder, {
      source: 'hr',
      people: [{ identities: ['hr/ada'], attributes: { login: 'ada' } }],
    })

    const users = (await documentsIn(folder)).filter(({ kind }) => kind === 'User')
    expect(users.map(({ spec }) => spec)).toEqual([
      { identities: ['hr/ada'], attributes: {} },
      { identities: ['idp/ada'], attributes: { login: 'ada' } },
    ])
    expect(conflicts).toEqual(['user.login of hr/ada, as User ada at people.yaml:1 has "ada"'])
  })

  it('tell of a document that is there and says otherwise, and not of one that says the same', async () => {
    const folder = newFolder()
    const members = Array.from({ length: 2_001 }, (_, index) => `idp/p${index}`)
    const long = { name: 'long', members, groups: [] }
    const astro = { name: 'astro', members: ['idp/ada'], groups: [draft('board')] }
    await write(folder, { people: [person('idp/ada', 'Ada Lovelace')], vos: [astro, long] })

    const { there, conflicts, paths } = await write(folder, {
      people: [{ ...person('idp/ada', 'Ada Lovelace'), identities: ['idp/ada', 'idp/lovelace'] }],
      vos: [{ ...astro, members: ['idp/ada', 'idp/grace'] }, long],
    })

    expect({ there, conflicts, paths }).toEqual({
      there: [
        ...['Instance one at instance.yaml:1', 'Source idp at instance.yaml:9'],
        ...['Group astro/board at astro/groups/board.yaml:1', 'VO long at long/vo.yaml:1'],
      ],
      conflicts: ['User ada at people.yaml:1', 'VO astro at astro/vo.yaml:1'],
      paths: [],
    })
  })
})
