import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { filesIn, golden } from './importing.ts'

const rust = fileURLToPath(new URL('../../data/rust-team', import.meta.url))

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-csv-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let number = 0

/** Imports one file of the test. */
async function importing(
  text: string | Buffer,
  ...args: readonly string[]
): Promise<{ exitCode: number; said: string; folder: string }> {
  number += 1
  const folder = join(root, String(number))
  await writeFile(join(root, 'people.csv'), text)
  const words = ['import', 'csv', 'people.csv', '--vo', 'astro', '--to', folder, ...args]
  const { exitCode, stdout, stderr } = await run(words, { cwd: root })
  return { exitCode, said: `${stdout}${stderr}`.replaceAll(folder, 'FOLDER'), folder }
}

describe('guildhall import csv', () => {
  it('takes people, values and dated memberships, and tells what it leaves out and where', async () => {
    const { exitCode, said, folder } = await importing(
      [
        '\ufeffNr;login;Full name;email;Where;expires;ORCID',
        '1;ada;"Lovelace; Ada";ada@example.org;telescope:operators, board;;https://orcid.org/0000-0001',
        '2;grace;Grace Hopper;grace at sea;Telescope;2030-10-01;',
        '3;grace;Grace B. Hopper;;telescope;;',
        '4;Ada;;;Résumé / 2;soon;',
        '5; eve;;;;;',
        '6;linus;;;;2031-01-01',
        '7;linus;;;;2031-01-01;',
        '8;1234;;;members;;',
        '',
      ].join('\n'),
      ...['--delimiter', ';', '--separator', ',', '--source', 'idp', '--column', 'name=Full name'],
      ...['--column', 'group=Where', '--column', 'user.orcid=ORCID'],
    )

    const [is, shouldBe] = golden('csv', said, await filesIn(folder))
    expect(is).toBe(shouldBe)
    expect(exitCode).toBe(2)
    expect((await run(['validate', folder])).stdout).toBe(`${folder} is valid\n`)
  })

  it('adds people of another source beside those who have the same login', async () => {
    const { folder } = await importing('login,name\nada,Ada Lovelace\n', '--source', 'idp')
    await writeFile(join(root, 'people.csv'), 'login,name,email\nada,Ada Yonath,yonath@example.org\n')
    const words = ['import', 'csv', 'people.csv', '--vo', 'art', '--source', 'hr', '--to', folder, '--add']

    const { exitCode, stdout } = await run(words, { cwd: root })

    expect({ exitCode, stdout }).toEqual({
      exitCode: 2,
      stdout: expect.stringContaining(
        'Left out, as what is there says otherwise and stays as it was:\n' +
          '  user.login of hr/ada, as User ada at people.yaml:1 has "ada"\n',
      ),
    })
    expect((await filesIn(folder))['people-2.yaml']).toBe(
      `apiVersion: guildhall/v1
kind: User
metadata:
  name: ada-2
spec:
  identities:
    - hr/ada
  attributes:
    displayName: Ada Yonath
    email: yonath@example.org
`,
    )
    expect((await run(['validate', folder])).exitCode).toBe(0)
  })

  it('takes the Rust teams out of two files, all of them', async () => {
    const folder = join(root, 'rust')
    const files = ['people.csv', 'memberships.csv']
    const named = ['--column', 'name=displayName', '--column', 'group=team', '--column', 'user.role=role']
    const words = ['import', 'csv', ...files, '--vo', 'rust', '--source', 'github', ...named, '--to', folder, '--json']

    const { stdout } = await run(words, { cwd: rust })

    expect(JSON.parse(stdout)).toMatchObject({
      documents: { Instance: 1, Source: 1, Attribute: 1, User: 666, VO: 1, Group: 153 },
      ...{ people: 666, memberships: 666 + 987 },
    })
  })

  it.each([
    ['', [], 'people.csv: it is empty; expected a first line with the names of the columns'],
    ['name\nada\n', [], 'people.csv:1: there is no column "login"; say with --column login=NAME what it is called'],
    ['login\nada\n', ['--column', 'group=team'], 'no file has the column "team" that group is to be'],
    ['login\nada\n', ['--column', 'group'], 'expected login, name, email, group, expires or an attribute'],
    ['login\nada\n', ['--column', 'user.sshKeys=login'], 'expected login, name, email, group, expires or an attribute'],
    ['login,login\nada,b\n', [], 'its first line names the column "login" twice'],
    ['login\n"ada', [], 'the quoted cell of line 2 does not end'],
    ['<html>\n', [], 'it begins like a page (HTML), XML or JSON'],
  ])('refuses %j %j', async (text, args, reason) => {
    const { exitCode, said, folder } = await importing(text, ...args)

    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(reason) })
    await expect(filesIn(folder)).rejects.toThrow('ENOENT')
  })

  it.each([
    [
      'nul',
      Buffer.from('login,name\na\0b,x\nada,y\u0000z\n'),
      'people.csv:2 the row: no person has such a login: a NUL is in it',
    ],
    ['latin1', Buffer.from('login,name\nada,b\u00fcro\n', 'latin1'), 'user.displayName of people/ada: it is not UTF-8'],
    [
      'huge',
      Buffer.from(`login,name\nada,${'x'.repeat(10_000_000)}\n`),
      'user.displayName of people/ada: it is too long',
    ],
    ['long', Buffer.from(`login,name\nada,${'x'.repeat(2_000)}\n`), 'it has 2000 characters, the limit is 1000'],
    ['lines', Buffer.from('login,group\nada,"a\nb"\n'), 'it holds a line break or a character that is not seen'],
    ['colons', Buffer.from('login,group\nada,::\n'), 'expected a group, got "::"'],
  ])('leaves out what it cannot take, and goes on: %s', async (_, text, reason) => {
    const { exitCode, said } = await importing(text)

    expect({ exitCode, said }).toEqual({ exitCode: 2, said: expect.stringContaining(reason) })
  })
})
