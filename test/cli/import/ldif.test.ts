import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { filesIn, golden } from './importing.ts'

const fixtures = fileURLToPath(new URL('../../data/ldif', import.meta.url))

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-ldif-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let number = 0

/** Imports one file of the test. */
async function importing(text: string | Buffer): Promise<{ exitCode: number; said: string; folder: string }> {
  number += 1
  const folder = join(root, String(number))
  await writeFile(join(root, 'all.ldif'), text)
  const words = ['import', 'ldif', 'all.ldif', '--vo', 'astro', '--to', folder]
  const { exitCode, stdout, stderr } = await run(words, { cwd: root })
  return { exitCode, said: `${stdout}${stderr}`, folder }
}

const ada = 'dn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nuid: ada\n'

describe('guildhall import ldif', () => {
  it('takes people and groups, and tells what it leaves out and where', async () => {
    const folder = join(root, 'directory')
    const words = ['import', 'ldif', 'directory.ldif', '--vo', 'astro', '--source', 'ldap', '--to', folder]

    const { exitCode, stdout } = await run(words, { cwd: fixtures })

    const [is, shouldBe] = golden('ldif', stdout.replaceAll(folder, 'FOLDER'), await filesIn(folder))
    expect(is).toBe(shouldBe)
    expect(exitCode).toBe(2)
    expect((await run(['validate', folder])).stdout).toBe(`${folder} is valid\n`)
  })

  it.each([
    ['dn: uid=a,dc=x\nchangetype: add\nuid: a\n', 'all.ldif:2: it holds changes of a directory'],
    ['dn: uid=a,dc=x\ncontrol: 1.2.3 true\nchangetype: delete\n', 'all.ldif:2: it holds changes of a directory'],
    [`${ada}\n\nuid: b\n`, 'all.ldif:6: expected an entry that begins with "dn:"'],
    [`version: 1\n${ada}no colon\n`, 'all.ldif:5: expected "name: value"'],
    ['<html>\n', 'all.ldif:1: expected "name: value"'],
  ])('refuses %j', async (text, reason) => {
    const { exitCode, said, folder } = await importing(text)

    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(reason) })
    await expect(filesIn(folder)).rejects.toThrow('ENOENT')
  })

  it.each([
    ['base64', `${ada}cn:: !!!\n`, 'all.ldif:4 cn of uid=ada,dc=x: it is not base64'],
    ['nul', `${ada}cn:: AAA=\n`, 'all.ldif:4 cn of uid=ada,dc=x: a NUL is in it'],
    ['latin1', Buffer.from(`${ada}cn: b\u00fcro\n`, 'latin1'), 'all.ldif:4 cn of uid=ada,dc=x: it is not UTF-8'],
    ['huge', `${ada}cn: ${'x'.repeat(10_000_000)}\n`, 'all.ldif:4 cn of uid=ada,dc=x: it is too long'],
    ['huge base64', `${ada}cn:: ${'eHh4'.repeat(2_500_000)}\n`, 'all.ldif:4 cn of uid=ada,dc=x: it is too long'],
    ['short base64', `${ada}cn:: eHh4e\n`, 'all.ldif:4 cn of uid=ada,dc=x: it is not base64'],
    ['twice', `${ada}\n${ada.replace('uid=ada,', 'UID=Ada, ')}`, 'an entry of this name stands at all.ldif:1 already'],
    ['key', `${ada}sshPublicKey: command="x" ssh-rsa AAAA\n`, 'expected a public key, without options'],
    [
      'itself',
      'dn: cn=g,dc=x\nobjectClass: groupOfNames\ncn: g\nmember: cn=g,dc=x\n',
      'a group is no member of itself',
    ],
  ])('leaves out what it cannot take, and goes on: %s', async (_, text, reason) => {
    const { exitCode, said } = await importing(text)

    expect({ exitCode, said }).toEqual({ exitCode: 2, said: expect.stringContaining(reason) })
  })
})
