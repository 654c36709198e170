import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { readRustData } from '../../scripts/rust-team/read.ts'
import { rustConfigFiles } from '../../scripts/rust-team/to-config.ts'
import { writeConfig } from '../../scripts/rust-team/write.ts'
import { planFolder } from '../support/plan-folder.ts'
import { rustExpectation, rustNumbers } from '../support/rust-oracle.ts'

interface Parsed {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly members?: readonly string[]
    readonly facility?: string
    readonly groups?: readonly string[]
    readonly capabilities?: readonly string[]
  }
}

describe('the configuration made from the Rust teams', () => {
  let files: ReadonlyMap<string, string>
  let documents: readonly Parsed[]
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guildhall-rust-'))
    files = rustConfigFiles(await readRustData(fileURLToPath(new URL('../data/rust-team', import.meta.url))))
    documents = [...files].filter(([path]) => path.endsWith('.yaml')).flatMap(([, text]) => documentsIn(text))
  })

  afterAll(async () => rm(folder, { recursive: true }))

  const ofKind = (kind: string) => documents.filter((document) => document.kind === kind)
  const groupNamed = (name: string) =>
    ofKind('Group').filter(({ metadata }) => metadata.name.split(':').at(-1) === name)

  test('planned from nothing, it gives exactly the access of the data, without a finding', async () => {
    await writeConfig(folder, files)

    const { findings, guard, impact } = await planFolder(folder)

    const gained = impact.gained.map(({ user, resource, facility }) => `${user} ${resource} ${facility}`)
    const wanted = [...rustExpectation().access].flatMap(([key, logins]) =>
      [...logins].map((login) => `github/${login} ${key.replaceAll('/', '.')} ${key.split('/')[0] ?? ''}`),
    )
    expect(findings).toEqual([])
    expect(guard.verdict).toBe('pass')
    expect(gained.sort()).toEqual(wanted.sort())
    expect(gained).toHaveLength(rustNumbers.access)
  })

  test('has the people, groups, memberships, resources and facilities of the data', () => {
    const direct = ofKind('Group').reduce((sum, { spec }) => sum + (spec.members?.length ?? 0), 0)
    const people = files.get('rust/people.csv')?.trimEnd().split('\n').slice(1) ?? []

    expect({
      people: people.length,
      groups: ofKind('Group').length,
      direct,
      resources: ofKind('Resource').length,
      facilities: ofKind('Facility').map(({ metadata }) => metadata.name),
    }).toEqual({
      people: rustNumbers.people,
      groups: rustNumbers.groups,
      direct: rustNumbers.direct,
      resources: rustNumbers.resources,
      facilities: Object.keys(rustNumbers.facilities),
    })
  })

  test('every team is one group below its parent, with the members of the data', () => {
    const { direct } = rustExpectation()

    for (const [team, logins] of direct) {
      const members = groupNamed(team).map(({ spec }) => spec.members)
      expect(members).toEqual([[...logins].map((login) => `github/${login}`).sort()])
    }
    expect(groupNamed('rust-analyzer-contributors').map(({ metadata }) => metadata.name)).toEqual([
      'compiler:rust-analyzer:rust-analyzer-contributors',
    ])
  })

  test('every resource is reached by the people that the data gives it', () => {
    const { access, effective } = rustExpectation()
    const reached = ofKind('Resource').map(({ spec }): [string, string[]] => {
      const [, org, repo, , permission] = spec.capabilities?.[0]?.split(':') ?? []
      const teams = (spec.groups ?? []).map((path) => path.split(':').at(-1) ?? '')
      const logins = new Set(teams.flatMap((team) => [...(effective.get(team) ?? [])]))
      return [`${org ?? ''}/${repo ?? ''}/${permission ?? ''}`, [...logins].sort()]
    })

    const wanted = [...access].map(([key, logins]): [string, string[]] => [key, [...logins].sort()])
    expect(Object.fromEntries(reached)).toEqual(Object.fromEntries(wanted))
  })
})

function plain<T>(document: { toJS(): T }): T {
  return document.toJS()
}

function documentsIn(text: string): Parsed[] {
  return parseAllDocuments(text).map((document) => plain<Parsed>(document))
}
