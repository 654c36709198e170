import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { stringify } from 'yaml'
import { syncId, type SyncedPlace } from '../../../core/model/sync-place.ts'
import { syncAgain, type SyncRun } from '../../../workflows/sync/messages.ts'
import { rustExpectation, rustNumbers } from '../../support/rust-oracle.ts'
import { rustFiles } from './rust-files.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(240_000)

const teams = { source: 'teams', vo: 'rust', group: 'teams' }
const memberships = { source: 'memberships', vo: 'rust' }

const data = (file: string): string => readFileSync(new URL(`../../data/rust-team/${file}`, import.meta.url), 'utf8')

const declared = (kind: string, metadata: object, spec: object): string =>
  stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec })

/** The configuration of the Rust teams, where their groups and who is in them come from the files that name them. */
async function sourcedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const [path, text] of await rustFiles()) {
    if (path.startsWith('rust/groups/')) continue
    files.set(path, path.startsWith('rust/resources/') ? belowTeams(text) : text)
  }
  const sources = [
    declared('Source', { name: 'teams' }, { type: 'json', options: { file: 'teams.json' }, vos: ['rust'] }),
    declared(
      'Source',
      { name: 'memberships' },
      {
        ...{ type: 'csv', options: { file: 'memberships.csv' }, vos: ['rust'], login: '${login}' },
        identities: [{ source: 'github', login: '${login}' }],
      },
    ),
  ]
  const structure = { source: 'teams', key: '${name}', name: '${name}', parent: '${parent}', every: 'PT1H' }
  const vo = {
    managers: [{ group: 'teams:leadership-council' }],
    membersFrom: 'people.csv',
    sync: { source: 'memberships', every: 'PT1H', groups: { base: 'teams', path: '${team}' } },
  }
  const vouched = '  type: declared\n  assertedBy: [memberships]\n'
  files.set('instance.yaml', (files.get('instance.yaml') ?? '').replace('  type: declared\n', vouched))
  files.set('sources.yaml', sources.join('---\n'))
  files.set('rust/vo.yaml', declared('VO', { name: 'rust' }, vo))
  files.set('rust/teams.yaml', declared('Group', { vo: 'rust', name: 'teams' }, { structure }))
  files.set('teams.json', data('teams.json'))
  files.set('memberships.csv', data('memberships.csv'))
  return files
}

function belowTeams(resources: string): string {
  return resources.replaceAll(/ {2}groups:\n(?: {4}- .*\n)+/g, (groups) => groups.replaceAll('    - ', '    - teams:'))
}

describe('the Rust teams, from their own files', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await world.commit(await sourcedFiles())
    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
  })
  afterAll(async () => world.close())

  /** What the next read of a source comes to. */
  const read = async (place: SyncedPlace): Promise<SyncRun> => {
    const { client } = world.parts
    await client.workflow.signalWithStart('sync', syncAgain(place))
    return client.workflow.getHandle<() => Promise<SyncRun>>(syncId(place)).result()
  }

  it('are the groups, memberships and access that git would declare', async () => {
    await read(teams)
    await read(memberships)
    expect(await read(teams)).toMatchObject({ kind: 'unchanged', subjects: rustNumbers.groups, skipped: 0 })
    expect(await read(memberships)).toMatchObject({ kind: 'unchanged', skipped: 0 })

    const { rows } = await world.parts.pool.query<Record<string, number>>(
      `select (select count(*)::integer from sourced_group) as groups,
        (select count(*)::integer from membership where group_id is not null) as direct,
        (select count(*)::integer from (
          select distinct c.above, m.person_id from closure c join membership m on m.group_id = c.below
          where c.above in (select group_id from sourced_group)) e) as effective,
        (select count(*)::integer from member) as people`,
    )
    const { groups, direct, effective, people } = rustNumbers
    expect(rows).toEqual([{ groups, direct, effective, people }])
    await world.propagate()
    const { access } = rustExpectation()
    expect(await world.access()).toEqual(
      [...access].flatMap(([key, logins]) => [...logins].map((login) => pair(login, key))).sort(),
    )
  })
})

function pair(login: string, key: string): string {
  return `github/${login} rust/${key.replaceAll('/', '.')}`
}
