import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fileRig } from '../../../test/connectors/file-rig.ts'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { keepsTheSourceContract } from '../../../test/connectors/source-contract.ts'
import type { Person } from '../../../test/connectors/source-rig.ts'
import { sourceType } from './index.ts'

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

describe('a csv source', () => {
  keepsTheSourceContract(() => files.rig, { cannot: ['stuck', 'refused'] })

  it('gives each row as a record of its columns', async () => {
    expect(await read('login,name\r\nada,"Lovelace, ""Ada"""\r\nbob,\r\n')).toEqual({
      records: [{ fields: { login: ['ada'], name: ['Lovelace, "Ada"'] } }, { fields: { login: ['bob'] } }],
      end: { complete: true, count: 2 },
    })
  })
})
