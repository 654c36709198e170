import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { total, rustExpectation, rustNumbers } from '../../support/rust-oracle.ts'
import { planFolder } from '../../support/plan-folder.ts'
import { stateOf } from './database-world.ts'
import { edited, inGroup, rustFiles } from './rust-files.ts'
import { openWorld, type World } from './world.ts'

jest.setTimeout(240_000)

const orgs = Object.keys(rustNumbers.facilities)
const { access, facilities, effective } = rustExpectation()

describe('the Rust teams, from git to the files', () => {
  let world: World
  let files: ReadonlyMap<string, string>
  beforeAll(async () => {
    world = await openWorld()
    files = await rustFiles()
    await world.commit(files)
    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })
  })
  afterAll(async () => world.close())

  it('the database has the groups, memberships, resources and access of the data', async () => {
    const { rows } = await world.parts.pool.query<Record<string, number>>(
      `select (select count(*)::integer from groups where not is_members) as groups,
        (select count(*)::integer from membership where group_id is not null) as direct,
        (select count(*)::integer from (
          select distinct c.above, m.person_id from closure c join membership m on m.group_id = c.below) e) as effective,
        (select count(*)::integer from resource) as resources,
        (select count(*)::integer from member) as people`,
    )

    const { people, groups, direct, resources } = rustNumbers
    expect(rows).toEqual([{ groups, direct, effective: rustNumbers.effective, resources, people }])
    expect(await world.access()).toEqual(
      [...access].flatMap(([key, logins]) => [...logins].map((login) => pair(login, key))).sort(),
    )
    expect(total(access)).toBe(rustNumbers.access)
    expect(total(effective)).toBe(rustNumbers.effective)
  })

  it('the passwd and JSON files name exactly the people with access', () => {
    for (const org of orgs) {
      const logins = [...(facilities.get(org) ?? [])].sort()
      expect({ org, passwd: passwdLogins(org) }).toEqual({ org, passwd: logins })
      expect({ org, json: jsonPairs(org) }).toEqual({ org, json: wantedPairs(org) })
      expect({ org, people: logins.length }).toEqual({
        org,
        people: new Map(Object.entries(rustNumbers.facilities)).get(org),
      })
    }
  })

  it('a second reconcile plans nothing and starts no delivery', async () => {
    const before = { files: filesOf(world), generations: await world.generations() }
    const started = await countStarted()

    const outcome = await world.settle()

    expect(outcome).toMatchObject({ kind: 'nothing', applied: 0, held: 0 })
    expect({ files: filesOf(world), generations: await world.generations() }).toEqual(before)
    expect(await countStarted()).toEqual(started)
    expect(await planFolder(world.repo, await stateOf(world.parts.pool))).toMatchObject({ changes: [] })
  })

  it('moving one person between two teams changes exactly the files of the facilities it touches', async () => {
    const user = 'github/Veykril'
    const moved = edited(files, moveOf(files, user))
    const before = { files: filesOf(world), generations: await world.generations(), access: await world.access() }
    await world.commit(moved)
    const { impact } = await planFolder(world.repo, await stateOf(world.parts.pool))

    expect(await world.settle()).toMatchObject({ kind: 'applied', held: 0 })

    const after = await world.access()
    const gained = without(after, before.access)
    const lost = without(before.access, after)
    expect(gained.length + lost.length).toBeGreaterThan(0)
    expect({ gained: said(impact.gained), lost: said(impact.lost) }).toEqual({ gained, lost })
    const touched = new Set([...impact.gained, ...impact.lost].map(({ facility }) => facility))
    expect(changedKeys(before.files, filesOf(world))).toEqual(
      changedKeys(before.files, filesOf(world)).filter((path) => touched.has(path.split('/')[0] ?? '')),
    )
    expect(new Set(changedKeys(before.files, filesOf(world)).map((path) => path.split('/')[0]))).toEqual(touched)
    expect(
      changedKeys(before.generations, await world.generations()).every((key) => touched.has(key.split('/')[0] ?? '')),
    ).toBe(true)
    expect(touched.size).toBeLessThan(orgs.length)
  })

  async function countStarted(): Promise<readonly number[]> {
    return Promise.all([world.countWorkflows('delivery'), world.countWorkflows('propagation')])
  }

  function passwdLogins(org: string): readonly string[] {
    const text = readFileSync(join(world.out, org, 'passwd', 'passwd'), 'utf8')
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .sort()
  }

  function jsonPairs(org: string): readonly string[] {
    const text = readFileSync(join(world.out, org, 'json', 'json.json'), 'utf8')
    const content = JSON.parse(text) as {
      resources: { name: string; members: { identities: string[] }[] }[]
    }
    return content.resources
      .flatMap(({ name, members }) => members.map(({ identities }) => `${identities[0] ?? ''} rust/${name}`))
      .sort()
  }
})

/** Takes a person out of one team and puts them into another. */
function moveOf(files: ReadonlyMap<string, string>, user: string): Record<string, (text: string) => string> {
  const from = 'compiler:rust-analyzer'
  const to = 'infra'
  if (files.get('rust/groups/infra.yaml')?.includes(`- ${user}\n`) === true) throw new Error(`${user} is in ${to}`)
  return {
    'rust/groups/compiler.yaml': inGroup(from, (text) => text.replace(`    - ${user}\n`, '')),
    'rust/groups/infra.yaml': inGroup(to, (text) => text.replace('  members:\n', `  members:\n    - ${user}\n`)),
  }
}

function wantedPairs(org: string): readonly string[] {
  return [...access]
    .filter(([key]) => key.startsWith(`${org}/`))
    .flatMap(([key, logins]) => [...logins].map((login) => pair(login, key)))
    .sort()
}

function pair(login: string, key: string): string {
  return `github/${login} rust/${key.replaceAll('/', '.')}`
}

function said(deltas: readonly { user: string; vo: string; resource: string }[]): readonly string[] {
  return deltas.map(({ user, vo, resource }) => `${user} ${vo}/${resource}`).sort()
}

function without(from: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others)
  return from.filter((entry) => !known.has(entry))
}

/** Every delivered file by path; the token of the fence is no content. */
function filesOf({ out }: World): Readonly<Record<string, string>> {
  const paths = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    paths
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(out.length + 1), readFileSync(path, 'utf8')]),
  )
}

function changedKeys(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key])
}
