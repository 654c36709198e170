import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { filesIn, golden } from './importing.ts'

const fixtures = fileURLToPath(new URL('../../data/perun', import.meta.url))
const vos = '[{ "id": 1, "shortName": "one" }]'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-perun-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Imports a folder of the test. */
async function importing(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<object> {
  await mkdir(join(root, name))
  for (const [path, text] of Object.entries(files)) await writeFile(join(root, name, path), text)
  const { exitCode, stdout, stderr } = await run(['import', 'perun', name, '--to', `${name}-config`], { cwd: root })
  return { exitCode, said: `${stdout}${stderr}` }
}

describe('guildhall import perun', () => {
  it('takes VOs, people, groups and resources, and tells what it leaves out and where', async () => {
    const folder = join(root, 'survey')
    const words = ['import', 'perun', fixtures, '--login-namespace', 'einfra', '--to', folder]

    const { exitCode, stdout } = await run(words)

    const [is, shouldBe] = golden('perun', stdout.replaceAll(folder, 'FOLDER'), await filesIn(folder))
    expect(is).toBe(shouldBe)
    expect(exitCode).toBe(2)
    expect((await run(['validate', folder])).stdout).toBe(`${folder} is valid\n`)
  })

  it.each([
    ['empty', {}, 'none of the files holds VOs; expected one such as "vosManager.getVos.json"'],
    ['cut', { 'getVos.json': '[{ "id": 1' }, 'Cannot read getVos.json: it is not JSON, or was cut off'],
    [
      'error',
      { 'getVos.json': '{ "errorId": "1f", "name": "PrivilegeException", "message": "You are not allowed" }' },
      'Cannot read getVos.json: expected a list, got the answer "You are not allowed"',
    ],
    ['latin1', { 'getVos.json': Buffer.from('["b\u00fcro"]', 'latin1') }, 'getVos.json: expected UTF-8 text'],
  ])('refuses a folder as a whole: %s', async (name, files, reason) => {
    expect(await importing(name, files)).toEqual({ exitCode: 1, said: expect.stringContaining(reason) })
    await expect(filesIn(join(root, `${name}-config`))).rejects.toThrow('ENOENT')
  })

  it.each([
    ['no-object', { 'getVos.json': `${vos.slice(0, -1)},\n7]` }, 'getVos.json:2 the entry: expected an object'],
    [
      'nul',
      { 'getVos.json': vos, 'getUsers.json': '[\n\n{ "id": 1, "firstName": "a\\u0000" }]' },
      'getUsers.json:3 firstName of object 1: it holds a line break or a character that is not seen',
    ],
    [
      'huge',
      { 'getVos.json': `[{ "id": 1, "shortName": "one", "name": "${'x'.repeat(10_000_000)}" }]` },
      'name of object 1: it has 10000000 characters, the limit is 1000',
    ],
    [
      'round',
      {
        'getVos.json': vos,
        'getAllGroups.json':
          '[{ "id": 1, "voId": 1, "name": "a", "parentGroupId": 2 },\n{ "id": 2, "voId": 1, "name": "b", "parentGroupId": 1 }]',
      },
      'getAllGroups.json:2 object 2: the group it lies below is not there; it is at the top',
    ],
  ])('takes the rest where something cannot be taken: %s', async (name, files, reason) => {
    expect(await importing(name, files)).toEqual({
      exitCode: name === 'round' ? 0 : 2,
      said: expect.stringContaining(reason),
    })
    expect((await run(['validate', join(root, `${name}-config`)])).exitCode).toBe(0)
  })
})
