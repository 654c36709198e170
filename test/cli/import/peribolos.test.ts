import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { filesIn, golden } from './importing.ts'

const fixtures = fileURLToPath(new URL('../../data/peribolos', import.meta.url))

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function importing(...args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return run(['import', 'peribolos', ...args], { cwd: fixtures })
}

/** Imports a file of the test. */
async function importingText(name: string, text: string | Buffer): Promise<{ exitCode: number; said: string }> {
  const file = join(root, `${name}.yaml`)
  await writeFile(file, text)
  const { exitCode, stdout, stderr } = await importing(file, '--to', join(root, name))
  return { exitCode, said: `${stdout}${stderr}`.replaceAll(root, '') }
}

const org = (teams: string): string => `orgs:\n  one:\n    members: [ada]\n    teams:\n${teams}`

describe('guildhall import peribolos', () => {
  it('writes a configuration that is valid, and tells what is left out and where', async () => {
    const folder = join(root, 'orgs')

    const { exitCode, stdout } = await importing('orgs.yaml', '--to', folder)

    const files = await filesIn(folder)
    const [is, shouldBe] = golden('peribolos', stdout.replaceAll(folder, 'FOLDER'), files)
    expect(is).toBe(shouldBe)
    expect(exitCode).toBe(2)
    expect((await run(['validate', folder])).stdout).toBe(`${folder} is valid\n`)
  })

  it('puts the parts of an organisation together, and writes the same again', async () => {
    const args = ['org.yaml', 'sig-release/teams.yaml', '--org', 'array']
    const [first, again] = [join(root, 'first'), join(root, 'again')]

    const { stdout } = await importing(...args, '--to', first, '--json')
    await importing(...args, '--to', again)

    expect(JSON.parse(stdout)).toEqual({
      folder: first,
      files: [
        'array/groups/all-hands.yaml',
        'array/groups/release-managers.yaml',
        'array/resources.yaml',
        'array/vo.yaml',
        'instance.yaml',
      ],
      documents: { Instance: 1, Source: 1, Facility: 1, VO: 1, Group: 2, Resource: 1 },
      people: 3,
      memberships: 8,
      ...{ kept: [], conflicts: [] },
      changed: [],
      leftOut: [
        {
          file: 'sig-release/teams.yaml',
          line: 7,
          what: 'team "all-hands"',
          why: 'the team stands at org.yaml:8 already; what is below it here goes with it',
        },
      ],
    })
    expect(await filesIn(again)).toEqual(await filesIn(first))
  })

  it('adds to a configuration that is there, and changes nothing of it', async () => {
    const folder = join(root, 'added')
    await importing('org.yaml', '--org', 'array', '--to', folder, '--instance', 'observatory')
    const before = await filesIn(folder)

    const refused = await importing('orgs.yaml', '--to', folder)
    const { exitCode, stdout } = await importing('orgs.yaml', '--to', folder, '--add')

    expect(refused).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error FOLDER_REFUSED: Cannot write to "${folder}": it is not empty; name a new or empty folder\n`,
    })
    expect({ exitCode, kept: stdout.match(/There already, and as it was:\n[^]*?\n\n/)?.[0] }).toEqual({
      exitCode: 2,
      kept: 'There already, and as it was:\n  Instance observatory at instance.yaml:1\n  Source github at instance.yaml:9\n\n',
    })
    expect(await filesIn(folder)).toMatchObject(before)
    expect((await run(['validate', folder])).exitCode).toBe(0)
  })

  it('adds to nothing that is not valid, and writes into a git repository without files', async () => {
    const [broken, empty] = [join(root, 'broken'), join(root, 'empty')]
    await mkdir(broken)
    await writeFile(join(broken, 'vo.yaml'), 'kind: VO\n')
    await mkdir(join(empty, '.git'), { recursive: true })

    const refused = await importing('orgs.yaml', '--to', broken, '--add')
    const { exitCode } = await importing('orgs.yaml', '--to', empty)

    expect(refused.stderr).toContain('what is there is not valid: vo.yaml:1 ')
    expect(await filesIn(broken)).toEqual({ 'vo.yaml': 'kind: VO\n' })
    expect(exitCode).toBe(2)
  })

  it.each([
    ['twice', org('      a: {}\n      a: {}\n'), 'twice.yaml:6: the key "a" stands here twice'],
    ['anchors', 'orgs: &all {}\n', 'anchors.yaml:1: anchors (&) are not allowed'],
    ['nul', org('      a: { description: "x\u0000" }\n'), 'nul.yaml:5: the character U+0000 is not allowed'],
    ['latin1', Buffer.from('orgs: { b\u00fcro: {} }\n', 'latin1'), 'latin1.yaml:1: expected UTF-8 text'],
    ['octal', 'orgs: { a: { members: [0777] } }\n', 'octal.yaml:1: expected a plain decimal number, got 0777'],
    ['nameless', 'members: [ada]\n', 'nameless.yaml" is: it has no key "orgs"; name its organisation with --org'],
  ])('refuses a file as a whole: %s', async (name, text, reason) => {
    const { exitCode, said } = await importingText(name, text)

    expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(reason) })
    await expect(filesIn(join(root, name))).rejects.toThrow('ENOENT')
  })

  it.each([
    ['list', 'orgs: [a, b]\n', 'list.yaml:1 the file: expected a mapping, got a list'],
    ['huge', org(`      a: { description: "${'x'.repeat(10_000_000)}" }\n`), 'it has 10000000 characters'],
    ['case', org('      a: {}\n      A: { teams: { b: {} } }\n'), 'case.yaml:6 team "A": the team stands at'],
    ['deep', org('      a: { teams: [b] }\n'), 'teams: expected a mapping, got a list'],
    ['claims', org('      a: { previously: [c] }\n      b: { previously: [c] }\n'), 'another team claims it already'],
  ])('leaves out what it cannot take, and goes on: %s', async (name, text, reason) => {
    const { exitCode, said } = await importingText(name, text)

    expect({ exitCode, said }).toEqual({ exitCode: 2, said: expect.stringContaining(reason) })
  })
})
