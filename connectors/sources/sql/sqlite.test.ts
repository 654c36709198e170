import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import type { Source } from '../../source.ts'
import { sourceType } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function sourceOf(path: string, query = 'select login from people'): Source {
  return sourceType.create({ dialect: 'sqlite', path, query }, sourceEnvironment({ in: folder }))
}

function makeFile(path: string, ...statements: readonly string[]): InstanceType<typeof DatabaseSync> {
  const database = new DatabaseSync(join(folder, path))
  for (const statement of statements) database.exec(statement)
  return database
}

const many = `insert into people with recursive n (x) as (select 1 union all select x + 1 from n where x < 5000) select x from n`

describe('a SQLite file', () => {
  it('that is written meanwhile is read as it was at the beginning', async () => {
    const writer = makeFile('wal.db', 'pragma journal_mode = wal', 'create table people (login)', many)
    const reading = sourceOf('wal.db').subjects(undefined, { signal: new AbortController().signal })
    await reading.next()

    writer.exec(`delete from people; insert into people values ('late')`)
    let next = await reading.next()
    while (next.done !== true) next = await reading.next()
    writer.close()

    expect(next.value).toEqual({ complete: true, count: 5_000 })
    expect((await readAll(sourceOf('wal.db'))).records).toEqual([{ fields: { login: ['late'] } }])
  })

  it.each([
    ['as many', 200_000],
    ['fewer', 1_000],
  ])('that is overwritten with %s meanwhile is read neither as the one nor as the other', async (_, count) => {
    const rows = (name: string, size: number): string =>
      many.replace('5000', String(size)).replace('select x from', `select '${name}' || x from`)
    const [before, after] = [`before${count}.db`, `after${count}.db`]
    makeFile(before, 'create table people (login)', rows('before', 200_000)).close()
    makeFile(after, 'create table people (login)', rows('after', count)).close()
    const reading = sourceOf(before).subjects(undefined, { signal: new AbortController().signal })
    await reading.next()

    writeFileSync(join(folder, before), readFileSync(join(folder, after)))
    const rest = (async () => {
      while ((await reading.next()).done !== true);
    })()

    await expect(rest).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining('put a whole SQLite file there'),
    })
  })

  it('that another one takes the place of meanwhile is read to its end', async () => {
    makeFile('old.db', 'create table people (login)', many).close()
    makeFile('new.db', 'create table people (login)').close()
    const reading = sourceOf('old.db').subjects(undefined, { signal: new AbortController().signal })
    await reading.next()

    renameSync(join(folder, 'new.db'), join(folder, 'old.db'))
    let next = await reading.next()
    while (next.done !== true) next = await reading.next()

    expect(next.value).toEqual({ complete: true, count: 5_000 })
  })

  it('whose texts are UTF-16 is read as any other', async () => {
    const statements = [
      `pragma encoding = 'UTF-16le'`,
      `create table people (login, note)`,
      `insert into people values ('čeněk 🎉', cast(x'00d8' as text))`,
    ]
    makeFile('wide.db', ...statements).close()

    expect((await readAll(sourceOf('wide.db', 'select * from people'))).records).toEqual([
      { fields: { login: ['čeněk 🎉'] }, unreadable: { note: 'not-utf8' } },
    ])
  })

  it('that is none, is not there, or lies elsewhere is refused', async () => {
    writeFileSync(join(folder, 'page.db'), `<html>${'x'.repeat(5_000)}</html>`)
    symlinkSync('/etc/passwd', join(folder, 'link.db'))
    const failureOf = (path: string): Promise<unknown> => readAll(sourceOf(path)).catch((error: unknown) => error)

    const failures = await Promise.all(['page.db', 'absent.db', 'link.db'].map(failureOf))

    expect(failures).toMatchObject([
      { code: 'SOURCE_ANSWER_WRONG', message: expect.stringContaining('file is not a database') },
      { code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('there is no such file') },
      { code: 'SOURCE_REFUSED', message: expect.stringContaining('a symbolic link leads out') },
    ])
  })
})
