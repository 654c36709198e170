import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { SyncRunInput } from '../../../activities/sync.ts'
import { syncId } from '../../../core/model/sync-place.ts'
import { createActivities, type Dependencies } from '../../../worker/dependencies.ts'
import { reconcileId } from '../../../workflows/reconcile/messages.ts'
import { syncAgain } from '../../../workflows/sync/messages.ts'
import { run as runCommand } from '../../cli/run-program.ts'
import { ground } from '../../support/documents.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal, withWorkers } from './harness.ts'
import { commitAll, makeRepository, openParts } from './repository.ts'

jest.setTimeout(120_000)

const instance = 'guildhall'
const members = { source: 'people', vo: 'astro' }

/** A VO whose members one source names with their groups, and whose groups a source makes. */
const documents = (structured: string): string => `${ground}---
apiVersion: guildhall/v1
kind: Source
metadata: { name: people }
spec: { type: csv, options: { path: people.csv }, vos: [astro], login: '\${id}' }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: teams }
spec: { type: csv, options: { path: people.csv }, vos: [astro], login: '\${id}' }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: astro }
spec:
  managers: [{ user: github/root }]
  sync: { source: people, select: is=person, every: PT1H, groups: { base: teams, path: '\${team}' } }
---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, name: teams }
spec:
  allowEmpty: true
  structure: { source: ${structured}, select: is=team, key: '\${id}', name: '\${id}', every: PT1H }
`

/** Without a source that makes groups. */
const declared = documents('teams').replace(/ {2}structure: .*\n/, '')

const group = (metadata: string, title = 'Some'): string => `---
apiVersion: guildhall/v1
kind: Group
metadata: { vo: astro, title: ${title}, ${metadata} }
spec: { allowEmpty: true }
`

const csv = (...teams: readonly string[]): string =>
  [
    'id,is,team',
    ...teams.map((team) => `${team},team,`),
    'ada,person,core',
    'joan,person,web',
    'lin,person,none',
    '',
  ].join('\n')

describe('a first sync of members whose groups a source makes', () => {
  let folder: string
  let repo: string
  let database: TestDatabase
  let temporal: TestTemporal
  let world: Dependencies

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guildhall-order-'))
    repo = makeRepository(folder)
    database = await createTestDatabase()
    temporal = await openTemporal()
    world = await openParts({ folder, database, temporal, settings: { GUILDHALL_IN: folder } })
  })
  afterEach(async () => {
    await world.close()
    await temporal.close()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  const write = (...teams: readonly string[]): void => writeFileSync(join(folder, 'people.csv'), csv(...teams))

  async function commit(text: string): Promise<void> {
    writeFileSync(join(repo, 'all.yaml'), text)
    commitAll(repo)
    await world.workflows.reconcile(instance, { cause: 'command' })
    expect(await world.client.workflow.result(reconcileId(instance))).toMatchObject({ kind: 'applied', held: 0 })
  }

  const endOf = async (id: string): Promise<unknown> => world.client.workflow.result(id)

  const runs = async (): Promise<readonly string[]> => {
    const { rows } = await world.pool.query<{ line: string }>(
      `select concat_ws(' ', s.kind, outcome, added, skipped->>'group-unknown') as line
       from sync_run r join sync s on s.id = r.sync_id order by r.id`,
    )
    return rows.map(({ line }) => line)
  }

  const placed = async (): Promise<readonly string[]> => {
    const { rows } = await world.pool.query<{ line: string }>(
      `select p.identities[1] || ' ' || coalesce(g.name, '-') as line
       from membership m join person p on p.id = m.person_id left join groups g on g.id = m.group_id order by 1`,
    )
    return rows.map(({ line }) => line)
  }

  /** The groups that have had another name. */
  const moved = async (): Promise<readonly string[]> => {
    const { rows } = await world.pool.query<{ name: string }>(
      `select distinct name from event where kind = 'Group' and action = 'move' order by 1`,
    )
    return rows.map(({ name }) => name)
  }

  /** Holds the runs of one place back until one of another is in the database. */
  function inOrder(first: 'groups' | 'members') {
    const activities = createActivities(world, { env: {}, nudge: () => undefined })
    let ended: () => void = () => undefined
    const isEnded = new Promise<void>((resolve) => {
      ended = resolve
    })
    const runSync = async (input: SyncRunInput) => {
      const isFirst = (input.group === undefined) === (first === 'members')
      if (!isFirst) await isEnded
      const run = await activities.runSync(input)
      if (isFirst) ended()
      return run
    }
    return { ...activities, runSync }
  }

  it.each([
    { of: 'another source', structured: 'teams', first: 'members' },
    { of: 'another source', structured: 'teams', first: 'groups' },
    { of: 'the same source', structured: 'people', first: 'members' },
    { of: 'the same source', structured: 'people', first: 'groups' },
  ] as const)('of $of puts everybody in, where $first are read first', async ({ structured, first }) => {
    const groups = { source: structured, vo: 'astro', group: 'teams' }

    write('core', 'web')
    await withWorkers(temporal, inOrder(first), async () => {
      await commit(documents(structured))
      await endOf(syncId(groups))
      await endOf(syncId(members))
    })

    expect(await runs()).toEqual(
      first === 'members'
        ? ['members changed 3 3', 'structure changed 2', 'members changed 2 1']
        : ['structure changed 2', 'members changed 3 1'],
    )
    expect(await placed()).toEqual(['people/ada teams:core', 'people/joan teams:web', 'people/lin -'])
  })

  it('is followed by another one where a group was made, and not where none was', async () => {
    const groups = { source: 'teams', vo: 'astro', group: 'teams' }
    const read = async (...teams: readonly string[]): Promise<void> => {
      write(...teams)
      await world.client.workflow.signalWithStart('sync', syncAgain(groups))
      await endOf(syncId(groups))
      await endOf(syncId(members))
    }
    write('core', 'web', 'old')

    await withWorkers(temporal, inOrder('groups'), async () => {
      await commit(documents('teams'))
      await endOf(syncId(groups))
      await endOf(syncId(members))
      await read('core', 'web', 'old')
      await read('core', 'web')
      await read('core', 'web', 'none')
    })

    expect(await runs()).toEqual([
      ...['structure changed 3', 'members changed 3 1'],
      ...['structure unchanged 0', 'structure changed 0'],
      ...['structure changed 1', 'members changed 1'],
    ])
    expect(await placed()).toEqual(['people/ada teams:core', 'people/joan teams:web', 'people/lin teams:none'])
  })

  it('is followed by another one where a commit makes a group, and not where it makes none', async () => {
    write()

    await withWorkers(temporal, inOrder('members'), async () => {
      for (const core of ['', group("name: 'teams:core'"), group("name: 'teams:core'", 'Core')]) {
        await commit(declared + core)
        await endOf(syncId(members))
      }
    })

    expect(await runs()).toEqual(['members changed 3 3', 'members changed 1 2'])
    expect(await placed()).toEqual(['people/ada teams:core', 'people/joan -', 'people/lin -'])
  })

  it('is followed by another one where a commit renames a group, and where it moves one with those below it', async () => {
    const early = group("name: 'teams:early'")
    const core = group("name: 'teams:core', previously: ['teams:early']")
    const outside = group('name: web') + group("name: 'web:none'")
    const inside = group("name: 'teams:web', previously: [web]") + group("name: 'teams:web:none'")
    writeFileSync(join(folder, 'people.csv'), csv().replace('none', 'web:none'))

    await withWorkers(temporal, inOrder('members'), async () => {
      for (const groups of [early + outside, core + outside, core + inside]) {
        await commit(declared + groups)
        await endOf(syncId(members))
      }
    })

    expect(await moved()).toEqual(['teams:core', 'teams:web', 'teams:web:none'])
    expect(await runs()).toEqual(['members changed 3 3', 'members changed 1 2', 'members changed 2'])
    expect(await placed()).toEqual(['people/ada teams:core', 'people/joan teams:web', 'people/lin teams:web:none'])
  })

  it('is followed by one that a person asks for, of groups first', async () => {
    const { address, namespace } = temporal
    const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
    write('core', 'web')

    const command = async (...words: readonly string[]) =>
      runCommand(words, { env, cwd: folder, now: () => new Date() })
    const [answer, status, run] = await withWorkers(temporal, inOrder('groups'), async () => {
      await commit(documents('people'))
      await endOf(syncId({ source: 'people', vo: 'astro', group: 'teams' }))
      await endOf(syncId(members))
      const before = [await command('sync', 'status'), await command('sync', 'run', 'people')]
      write('core', 'web', 'none')
      return [await command('sync', 'run', 'people', '--json'), ...before]
    })

    expect(status?.stdout).toContain('people/astro: 1 skipped (1 group-unknown)')
    expect(run?.stdout).toContain('people/astro: nothing to change; 3 people read, 1 skipped (1 group-unknown)')
    expect(JSON.parse(answer.stdout)).toMatchObject({
      runs: [
        { group: null, fills: true, subjects: 3, skipped: 0 },
        { group: 'teams', fills: false, added: 1 },
      ],
    })
    expect(await placed()).toEqual(['people/ada teams:core', 'people/joan teams:web', 'people/lin teams:none'])
  })
})
