import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { desireFolder } from '../../../connectors/config-repo/validate-folder.ts'
import { destinationOptions, generatorOptions, sourceOptions } from '../../../connectors/registry.ts'
import type { SyncResult } from '../../../store/index.ts'
import { hasSlapd, startSlapd } from '../../connectors/slapd.ts'
import type { Slapd } from '../../connectors/slapd.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { writtenIn } from '../store/sync-world.ts'
import { reach } from './database-world.ts'
import { expectedRows, groupDn, personDn, personLdif, uidOf, unitLdif, unitOf, writeVos } from './slapd-people.ts'
import type { Unit } from './slapd-people.ts'

const withSlapd = hasSlapd ? describe : describe.skip

withSlapd('100,000 people and 500 groups of a directory (needs slapd: apt-get install slapd ldap-utils)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slapd-sync-'))
  const small = unitOf('small', 10_000)
  const large = unitOf('large', 100_000)
  let slapd: Slapd
  let database: TestDatabase

  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.load(unitLdif(small))
    await slapd.load(unitLdif(large))
    database = await createTestDatabase()
    writeVos(folder, slapd, [small, large])
    await reach(database.pool, await desireFolder(folder, { generatorOptions, destinationOptions, sourceOptions }), 0)
  })
  afterAll(async () => {
    await database.drop()
    await slapd.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Ran {
    readonly result: SyncResult
    readonly tookMs: number
    /** In bytes, resident while the source was read. */
    readonly mostMemory: number
  }

  async function sync({ name }: Unit): Promise<Ran> {
    const program = fileURLToPath(new URL('./ldap-process.ts', import.meta.url))
    const child = fork(program, [database.url, name, slapd.reader.password], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const [ran] = (await once(child, 'message')) as [Ran]
    return ran
  }

  async function rowsOf({ name }: Unit): Promise<string[]> {
    const { rows } = await database.pool.query<{ row: string }>(
      `select split_part(g.name, ':', 2) || ' ' || split_part(p.identities[1], '/', 2) as row
       from membership m join person p on p.id = m.person_id join groups g on g.id = m.group_id join vo on vo.id = m.vo_id
       where m.origin = 'sync' and vo.name = $1`,
      [name],
    )
    return rows.map(({ row }) => row).sort()
  }

  async function newestEvent(): Promise<string> {
    const { rows } = await database.pool.query<{ id: string }>('select coalesce(max(id), 0)::text as id from event')
    return rows[0]?.id ?? ''
  }

  async function rowEventsAfter(id: string): Promise<Readonly<Record<string, number>>> {
    const { rows } = await database.pool.query<{ what: string; many: number }>(
      `select action || ' ' || kind as what, count(*)::integer as many from event
       where id > $1 and kind in ('Member', 'GroupMember') group by 1`,
      [id],
    )
    return Object.fromEntries(rows.map(({ what, many }) => [what, many]))
  }

  it('are read exactly, the first time, in hardly more memory than a tenth of them', async () => {
    const few = await sync(small)
    const many = await sync(large)

    expect([few, many].map(({ result }) => [result.outcome, result.subjects])).toEqual([
      ['changed', 10_000],
      ['changed', 100_000],
    ])
    expect(sameRows(await rowsOf(large), expectedRows(large))).toBe('the same')
    expect(many.mostMemory / few.mostMemory).toBeLessThan(1.5)
  })

  it('write nothing, the second time', async () => {
    const before = await writtenIn(database.pool)

    const { result } = await sync(large)

    expect(result).toMatchObject({ outcome: 'unchanged', subjects: 100_000 })
    expect(await writtenIn(database.pool)).toEqual(before)
  })

  it('of which a hundred random ones are changed, are changed exactly there', async () => {
    const indexes = fc.uniqueArray(fc.nat(99_999), { minLength: 100, maxLength: 100 })
    const [changed = []] = fc.sample(indexes, 1)
    const before = expectedRows(large)
    const lastEvent = await newestEvent()
    await slapd.change(changed.map((index, turn) => changeOf(large, index, turn % 3)).join('\n'))

    const after = expectedRows(large)
    const [came, went] = [missingFrom(before, after), missingFrom(after, before)]

    const { result } = await sync(large)

    const counts = { added: came.length, changed: 0, removed: went.length }
    expect(result).toMatchObject({ outcome: 'changed', subjects: 100_000 - 1, skipped: [], ...counts })
    expect(await rowEventsAfter(lastEvent)).toEqual({
      'add GroupMember': came.length,
      'remove GroupMember': went.length,
    })
    expect(sameRows(await rowsOf(large), expectedRows(large))).toBe('the same')
  })

  /** Somebody leaves, or comes, or goes from one group to another. */
  function changeOf(unit: Unit, index: number, kind: number): string {
    const uid = kind === 1 ? uidOf(100_000 + index) : uidOf(index)
    const [from, to] = [index % 500, (index + 250) % 500]
    const had = unit.people.get(uid) ?? new Set<number>()
    const membership = (how: string, group: number): string =>
      `dn: ${groupDn(unit, group)}\nchangetype: modify\n${how}: member\nmember: ${personDn(unit, uid)}\n\n`
    if (kind === 0) {
      unit.people.delete(uid)
      return `dn: ${personDn(unit, uid)}\nchangetype: delete\n\n`
    }
    if (kind === 1) {
      unit.people.set(uid, new Set([from]))
      return personLdif(unit, uid, 'changetype: add\n') + membership('add', from)
    }
    unit.people.set(uid, new Set([...had].filter((group) => group !== from).concat(to)))
    return membership('delete', from) + (had.has(to) ? '' : membership('add', to))
  }
})

function missingFrom(have: readonly string[], want: readonly string[]): readonly string[] {
  const had = new Set(have)
  return want.filter((row) => !had.has(row))
}

/** Two lists of hundreds of thousands, compared without showing them. */
function sameRows(actual: readonly string[], expected: readonly string[]): string {
  const index = expected.findIndex((row, at) => row !== actual[at])
  if (index === -1 && actual.length === expected.length) return 'the same'
  return `${actual.length} rows, expected ${expected.length}; at ${index} ${String(actual[index])}, expected ${String(expected[index])}`
}
