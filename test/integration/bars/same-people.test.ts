import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { stringify } from 'yaml'
import { createSyncActivities } from '../../../activities/sync.ts'
import { sourceTypes } from '../../../connectors/registry.ts'
import * as store from '../../../store/index.ts'
import type { SyncRun } from '../../../workflows/sync/messages.ts'
import { run } from '../../cli/run-program.ts'
import { hasMariaDb } from '../../connectors/mariadb.ts'
import { hasSlapd } from '../../connectors/slapd.ts'
import { anyValueFits } from '../../support/builders.ts'
import { ground } from '../../support/documents.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { applyFolder } from '../cli/sample.ts'
import { systems } from './same-people-systems.ts'
import type { Named, NamingSystem } from './same-people-systems.ts'

jest.setTimeout(180_000)

const hourMs = 60 * 60 * 1_000
const at = Date.parse('2026-11-23T10:00:00Z')
const teams = ['engines', 'poetry', 'stars']
const people: readonly Named[] = Array.from({ length: 10_000 }, (_, index) => ({
  login: `person${String(index).padStart(5, '0')}`,
  name: index % 3 === 0 ? `Žofie "${index}" O'Neil & <sons>, 北京 🎉` : `Ada ${index}`,
  mail: `person${index}@example.org`,
  team: teams[index % teams.length] ?? '',
}))

/** The same organisation, whose people this system names. */
function documentsOf({ type, options, fields }: NamingSystem): string {
  const field = (name: keyof Named): string => `\${${fields[name]}}`
  const documents = [
    {
      kind: 'Source',
      metadata: { name: 'hr' },
      spec: {
        ...{ type, loa: 2, options, vos: ['astro'], login: field('login') },
        attributes: { 'user.displayName': field('name'), 'user.email': field('mail') },
      },
    },
    {
      kind: 'VO',
      metadata: { name: 'astro' },
      spec: {
        managers: [{ user: 'github/root' }],
        sync: { source: 'hr', every: 'PT1H', groups: { base: 'teams', path: field('team') } },
      },
    },
    ...['teams', ...teams.map((team) => `teams:${team}`)].map((name) => ({
      ...{ kind: 'Group', metadata: { vo: 'astro', name }, spec: { allowEmpty: true } },
    })),
  ]
  return [ground, ...documents.map((one) => stringify({ apiVersion: 'guildhall/v1', ...one }))].join('---\n')
}

/** What came of two runs, and the state afterwards as the command and the tables tell it. */
async function stateBy(system: NamingSystem, folder: string): Promise<{ runs: SyncRun[]; state: string }> {
  const database = await createTestDatabase()
  const config = mkdtempSync(join(folder, 'config-'))
  try {
    writeFileSync(join(config, 'all.yaml'), documentsOf(system))
    await applyFolder(database.pool, config)
    const activities = createSyncActivities({
      ...{ pool: database.pool, store, sourceTypes, compileSchema: anyValueFits },
      environment: { in: folder, allowedPrivate: ['127.0.0.1'] },
      secret: () => Promise.resolve(system.secret),
      readFile: () => Promise.resolve(undefined),
      ...{ reached: () => undefined, onRun: () => undefined, onFailure: () => undefined, now: () => at },
      workflows: { syncAgain: async () => undefined },
    })
    const read = (moment: number): Promise<SyncRun> =>
      new MockActivityEnvironment().run(activities.runSync, { source: 'hr', vo: 'astro', at: moment })
    const runs = [await read(at), await read(at + hourMs)]
    return { runs, state: await stateIn(database) }
  } finally {
    await database.drop()
  }
}

async function stateIn({ url, pool }: { readonly url: string; readonly pool: store.Pool }): Promise<string> {
  const guildhall = async (...args: string[]): Promise<string> =>
    (await run(['members', '--vo', 'astro', ...args, '--json'], { env: { DATABASE_URL: url } })).stdout
  const { rows } = await pool.query<{ line: string }>(
    `select concat_ws(' ', i.ref, v.attribute, v.value, v.origin) as line
     from attribute_value v join identity i on i.person_id = v.subject where v.attribute like 'user.%'
     union all
     select concat_ws(' ', i.ref, m.group_id, m.origin, m.status)
     from membership m join identity i on i.person_id = m.person_id
     order by 1`,
  )
  const members = [await guildhall(), await guildhall('--group', 'teams:engines')]
  return [...members, ...rows.map(({ line }) => line)].join('\n')
}

describe('the same 10,000 people', () => {
  const folder = mkdtempSync(join(tmpdir(), 'same-people-'))
  const states = new Map<string, string>()
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const isThere: Readonly<Record<string, boolean>> = { ldap: hasSlapd, MariaDB: hasMariaDb }
  for (const [name, start] of Object.entries(systems)) {
    const itIs = isThere[name] === false ? it.skip : it
    itIs(`are all read from ${name}, and nothing changes by a second read`, async () => {
      const system = await start(people, folder)
      try {
        const { runs, state } = await stateBy(system, folder)
        states.set(name, state)

        const nobody = { added: 0, changed: 0, removed: 0, skipped: 0, subjects: people.length }
        expect(runs).toEqual([
          { ...nobody, kind: 'changed', added: people.length },
          { ...nobody, kind: 'unchanged' },
        ])
      } finally {
        await system.stop()
      }
    })
  }

  it('are the same state by each of them, byte for byte', () => {
    const [first = ''] = states.values()
    const lines = new Set(first.split('\n'))

    expect(new Set(first.match(/"hr\/person\d{5}"/g)).size).toBe(people.length)
    expect(
      people.filter(({ login, name }) => !lines.has(`hr/${login} user.displayName ${JSON.stringify(name)} sync`)),
    ).toEqual([])
    expect([...states].filter(([, state]) => state !== first).map(([name]) => name)).toEqual([])
  })
})
