import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fileRig } from '../../../test/connectors/file-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { sourceType } from './index.ts'
import { RowScanner } from './rows.ts'

let folder = ''
let files: Awaited<ReturnType<typeof fileRig>>
beforeAll(async () => {
  files = await fileRig({
    type: sourceType,
    options: { trailer: '#end' },
    holds: ['nul', 'not-utf8', 'too-long'],
    write: csvOf,
  })
  folder = await mkdtemp(join(tmpdir(), 'csv-'))
})
afterAll(() => Promise.all([files.remove(), rm(folder, { recursive: true, force: true })]))

function* csvOf(people: readonly Person[]): Generator<string | Buffer> {
  yield 'login,name,team\r\n'
  for (const { login = '', name = '', team = '' } of people) {
    yield `${login.toString()},"`
    yield typeof name === 'string' ? name.replaceAll('"', '""') : name
    yield `",${team.toString()}\r\n`
  }
  yield `#end ${people.length}\r\n`
}

async function read(text: string | Buffer, options = {}, select?: string): Promise<unknown> {
  await writeFile(join(folder, 'people.csv'), text)
  return readAll(sourceType.create({ path: 'people.csv', ...options }, sourceEnvironment({ in: folder })), select)
}

function loneReturn(line: number): string {
  return `a carriage return stands alone in the row of line ${line}; end lines with a line feed, and quote cells of several lines`
}

describe('a csv source', () => {
  keepsTheSourceContract(() => files.rig, { cannot: ['stuck', 'refused'] })

  it('gives each row as a record of its columns', async () => {
    expect(await read('login,name\r\nada,"Lovelace, ""Ada"""\r\nbob,\r\n')).toEqual({
      records: [{ fields: { login: ['ada'], name: ['Lovelace, "Ada"'] } }, { fields: { login: ['bob'] } }],
      end: { complete: true, count: 2 },
    })
  })

  it('takes several values, other delimiters, names of columns and a trailer as it is told', async () => {
    const options = { delimiter: ';', columns: ['login', 'mail'], separators: { mail: '|' }, trailer: '#end' }

    expect(await read('\ufeff"ada";a@x|b@x\n\nbob;\n#end;2\n', options)).toEqual({
      records: [{ fields: { login: ['ada'], mail: ['a@x', 'b@x'] } }, { fields: { login: ['bob'] } }],
      end: { complete: true, count: 2 },
    })
  })

  it.each([
    ['', {}, 'it is empty; expected a first line with the names of the columns'],
    ['login\n', {}, 'it has no row; that nobody is in it is believed only of a file with a trailer'],
    ['login,login\na,b\n', {}, 'its first line names the column "login" twice'],
    ['login,\na,b\n', {}, 'its first line must name every column'],
    ['login,name\na\n', {}, 'the row of line 2 has 1 cells, expected 2 as there are columns'],
    ['login,name\na,b,c\n', {}, 'the row of line 2 has 3 cells, expected 2 as there are columns'],
    ['login,name\n"a\n",b\nc,d', {}, 'line 4 does not end, so the file may be cut off; end it with a line feed'],
    ['login\n"a', {}, 'the quoted cell of line 2 does not end'],
    ['login,name\rada,Ada\r', {}, loneReturn(1)],
    ['login\nada\rbob\n', {}, loneReturn(2)],
    ['login,name\nada\r,Ada\n', {}, loneReturn(2)],
    ['login\n"a"b\n', {}, 'text follows a closing quote in the row of line 2'],
    ['<html>\n<p>\n', {}, 'it begins like a page (HTML), XML or JSON; expected CSV, and a login or error page is none'],
    [
      'login\na\n',
      { trailer: '#end' },
      'its last line "#end COUNT" is missing, so it is cut off or still being written',
    ],
    ['login\na\n#end 12\n', { trailer: '#end' }, 'it has 1 rows, its last line counts 12'],
    ['login\n#end 1\na\n', { trailer: '#end' }, 'lines follow the one that counts the rows'],
    [
      'login\na\n#end many\n',
      { trailer: '#end' },
      'its last line must be such as "#end 2500", with the number of rows above it',
    ],
    ['login\na\n', { separators: { mail: ';' } }, 'it has no column "mail", for which a separator is given'],
  ])('refuses %j with %j', async (text, options, reason) => {
    await expect(read(text, options)).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: `Cannot read "people.csv": ${reason}`,
    })
  })

  it('refuses UTF-16, also where the columns are named elsewhere', async () => {
    await expect(read(Buffer.from('\ufeffada\n', 'utf16le'), { columns: ['login'] })).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: 'Cannot read "people.csv": it is written in UTF-16; write it in UTF-8',
    })
  })

  it('leaves out none of whom it cannot tell whether they are selected, and none who certainly are not', async () => {
    const text = Buffer.from('login,team,room\nada,\xff,1\nbob,\xff,2\ncy,a,1\ndi,b,1\n', 'latin1')

    expect(await read(text, {}, 'team=a,room=1')).toEqual({
      records: [
        { fields: { login: ['ada'], room: ['1'] }, unreadable: { team: 'not-utf8' }, undecided: 'team' },
        { fields: { login: ['cy'], team: ['a'], room: ['1'] } },
      ],
      end: { complete: true, count: 2 },
    })
  })

  it('believes git of lines that end with a carriage return alone no more than others', async () => {
    const environment = sourceEnvironment({ configFile: async () => Buffer.from('login\rada\rbob\r') })

    await expect(readAll(sourceType.create({ file: 'people.csv' }, environment))).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
    })
  })

  it('believes git that a file without rows is one', async () => {
    const environment = sourceEnvironment({ configFile: async () => Buffer.from('login,name') })

    const { end } = await readAll(sourceType.create({ file: 'people.csv' }, environment))

    expect(end).toEqual({ complete: true, count: 0 })
  })

  it('reads nothing that a symbolic link leads to outside, and no folder', async () => {
    await symlink('/etc/passwd', join(folder, 'link'))
    await mkdir(join(folder, 'folder'))
    const create = (path: string) => sourceType.create({ path }, sourceEnvironment({ in: folder }))

    await expect(readAll(create('link'))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    await expect(readAll(create('folder'))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    for (const path of ['../x', '/etc/passwd', 'a/../b', '.', 'a//b', 'a\0'])
      expect(() => create(path)).toThrow(expect.objectContaining({ code: 'SOURCE_OPTIONS_INVALID' }))
  })

  it('refuses a file that changes while it is read', async () => {
    await writeFile(join(folder, 'people.csv'), `login\n${'somebody\n'.repeat(20_000)}`)
    const reading = sourceType
      .create({ path: 'people.csv' }, sourceEnvironment({ in: folder }))
      .subjects(undefined, { signal: new AbortController().signal })
    await reading.next()
    await appendFile(join(folder, 'people.csv'), 'eve\n')

    const rest = (async () => {
      while ((await reading.next()).done !== true);
    })()

    await expect(rest).rejects.toMatchObject({
      code: 'SOURCE_ANSWER_WRONG',
      message: expect.stringContaining('changed'),
    })
  })

  it('gives back every cell that was written, wherever the bytes are parted', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })),
        fc.integer({ min: 1, max: 9 }),
        (rows, size) => {
          const text = rows.map((row) => `${row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')}\n`).join('')
          const bytes = Buffer.from(text)
          const scanner = new RowScanner(',', (reason) => new Error(reason))
          const read: unknown[] = []
          for (let at = 0; at < bytes.length; at += size)
            read.push(...scanner.scan(bytes.subarray(at, at + size)).map(({ cells }) => cells))
          expect([read, scanner.end()]).toEqual([rows, undefined])
        },
      ),
    )
  })
})
