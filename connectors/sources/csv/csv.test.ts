import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readAll, sourceEnvironment } from '../../../test/connectors/read-source.ts'
import { sourceType } from './index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(text: string | Buffer, options = {}, select?: string): Promise<unknown> {
  await writeFile(join(folder, 'people.csv'), text)
  return readAll(sourceType.create({ path: 'people.csv', ...options }, sourceEnvironment({ in: folder })), select)
}

describe('a csv source', () => {
  it('gives each row as a record of its columns', async () => {
    expect(await read('login,name\r\nada,"Lovelace, ""Ada"""\r\nbob,\r\n')).toEqual({
      records: [{ fields: { login: ['ada'], name: ['Lovelace, "Ada"'] } }, { fields: { login: ['bob'] } }],
      end: { complete: true, count: 2 },
    })
  })
})
