import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { hasSshd, startSshd, type Sshd } from '../../../test/connectors/sshd.ts'
import { generator } from './index.ts'

const run = promisify(execFile)
const withSshd = hasSshd ? describe : describe.skip

withSshd('the sshkeys generator, as sshd reads it', () => {
  let folder: string
  let sshd: Sshd
  const names = ['first', 'second', 'optioned', 'foreign', 'banned'] as const

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guildhall-sshkeys-'))
    sshd = await startSshd(folder, { authorizedKeysFile: join(folder, 'authorized_keys.d/ada') })
    for (const name of names) await sshd.makeKey(name)
    const [first, second, optioned, , banned] = await Promise.all(
      names.map(async (name) => (await readFile(join(folder, `${name}.pub`), 'utf8')).trim()),
    )
    const keys = [`${first ?? ''} ada@laptop`, second ?? '', `command="/bin/true",no-pty ${optioned ?? ''}`]
    const ada = person('ada', { 'user.login': 'ada', 'user.sshKeys': keys })
    const eve = person('eve', { 'user.login': 'eve', 'user.sshKeys': [banned ?? ''] }, { banned: true })
    const { files } = await generate(generator, inputOf({ accounts: [ada, eve] }))
    await mkdir(join(folder, 'authorized_keys.d'))
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, file.replace('authorized_keys/', 'authorized_keys.d/')), text)
    }
  })
  afterAll(async () => {
    await sshd.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.each([
    ['first', 'accepts'],
    ['second', 'accepts'],
    ['optioned', 'refuses'],
    ['foreign', 'refuses'],
    ['banned', 'refuses'],
  ])('the %s key: sshd %s it', async (name, what) => {
    expect(await login(name)).toBe(what)
  })

  async function login(key: string): Promise<'accepts' | 'refuses'> {
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
    const args = [
      '-F',
      'none',
      '-i',
      join(folder, key),
      '-p',
      String(sshd.port),
      ...options.flatMap((one) => ['-o', one]),
    ]
    return run('ssh', [...args, `${sshd.user}@127.0.0.1`, 'echo', 'in']).then(
      ({ stdout }) => (stdout === 'in\n' ? 'accepts' : 'refuses'),
      (error: unknown) => {
        expect(error).toMatchObject({ stderr: expect.stringContaining('Permission denied') })
        return 'refuses'
      },
    )
  }
})
