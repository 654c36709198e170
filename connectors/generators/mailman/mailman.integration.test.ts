import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, inputOf, notLeftOut } from '../../../test/connectors/generator-input.ts'
import { anyAddress, manyPeople, textOf } from '../../../test/connectors/many-people.ts'
import { runProgram } from '../../../test/connectors/run-program.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import type { Account } from '../../generator.ts'
import { generator } from './index.ts'

const python = '/usr/bin/python3'
const mailman = '/usr/bin/mailman'
const withPython = hasServer(python) ? describe : describe.skip
const withMailman = hasServer(mailman) ? describe : describe.skip
const list = 'users@lists.example.org'

type Read = readonly [name: string, address: string]

/** The file of 300 people, and those of them who are in it. */
async function fileOfMany(): Promise<{ readonly file: string; readonly kept: readonly Read[] }> {
  const members = manyPeople(300, { 'user.email': anyAddress })
  const attributes = { 'resource.mailingListName': list, 'resource.mailingListManagerMail': 'boss@example.org' }
  const { files, leftOut } = await generate(generator, inputOf({ resources: [{ attributes, members }] }))
  const kept = notLeftOut(members, leftOut).map(nameAndAddress)
  return { file: files[`mailinglists/${list}`] ?? '', kept }
}

function nameAndAddress(account: Account): Read {
  return [textOf(account, 'user.displayName').trim(), textOf(account, 'user.email')]
}

withPython('lines for Mailman read by the standard library of Python (needs python3)', () => {
  it.each([
    ['email.utils', 'from email.utils import parseaddr as read'],
    [
      'email.headerregistry',
      `from email.policy import default
def read(line):
  [address] = default.header_factory('To', line.strip()).addresses
  return address.display_name, address.addr_spec`,
    ],
  ])('are by %s what was written', async (_, read) => {
    const { file, kept } = await fileOfMany()
    const script = `import json, sys\n${read}\nprint(json.dumps([read(line) for line in sys.stdin.read().split('\\n') if line and line[0] != '#']))`

    const { output, complaints } = await runProgram(python, ['-I', '-X', 'utf8', '-c', script], file)

    expect(complaints).toBe('')
    expect(JSON.parse(output)).toEqual(kept)
    expect(kept.length).toBeGreaterThan(20)
  })
})

withMailman('lists in Mailman (needs mailman: apt-get install mailman3)', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailman-'))
    const configuration = `[mailman]\nlayout: here\n[paths.here]\nvar_dir: ${folder}\n`
    await writeFile(join(folder, 'mailman.cfg'), configuration)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('have everybody of the file as a member, and nobody else', async () => {
    const { file, kept } = await fileOfMany()
    const run = (...args: readonly string[]): ReturnType<typeof runProgram> =>
      runProgram(mailman, ['--run-as-root', '-C', join(folder, 'mailman.cfg'), ...args], file)
    await run('create', '--domain', list)

    const added = await run('addmembers', '--no-welcome-msg', '-', list)
    const { output } = await run('members', list)

    expect(added).toEqual({ code: 0, output: '', complaints: '' })
    const lines = kept.map(([name, address]) => (name === '' ? address : `${name} <${address}>`))
    expect(output.split('\n').slice(0, -1).sort()).toEqual([...lines].sort())
  })
})
