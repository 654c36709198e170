import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, inputOf, person } from '../../../test/connectors/generator-input.ts'
import { hasServer } from '../../../test/connectors/server-process.ts'
import { generator } from './index.ts'

const run = promisify(execFile)
const visudo = '/usr/sbin/visudo'
const odd = ['ADA', 'Defaults', 'User_Alias', '10.0.0.1', '9abc', 'a.b', '_x', 'Include', 'NOPASSWD', 'a-']
const people = [
  ...odd,
  ...Array.from({ length: 300 }, (_, index) => `${'aZ9_'[index % 4] ?? ''}${index}.${index % 7}-x`),
]
const arguments_ = 'a:b=c,d %u ~x --y=/z@1.2+3'
const options = {
  rules: {
    web: { commands: [`/usr/bin/systemctl ${arguments_}`, 'sudoedit /etc/motd'], noPassword: true },
    odd: { commands: ['/usr/bin/id ""', '/usr/bin/id'], runAs: 'WWW' },
    any: { commands: ['ALL'], runAs: 'ALL' },
  },
}

const describeWithSudo = hasServer(visudo) ? describe : describe.skip

describeWithSudo('the sudoers generator, as sudo reads it', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guildhall-sudoers-'))
  })
  afterAll(async () => rm(folder, { recursive: true, force: true }))

  it('visudo accepts the file, and each person has just the rules they were given', async () => {
    const members = people.map((login) => person(login, { 'user.login': login }))
    const resources = Object.keys(options.rules).map((rule) => ({
      name: rule,
      attributes: { 'resource.sudoRules': [rule] },
      members,
    }))
    const { files, leftOut } = await generate(generator, inputOf({ accounts: members, resources, options }))
    const file = join(folder, 'sudoers')
    await writeFile(file, files['sudoers'] ?? '', { mode: 0o440 })

    await run(visudo, ['--check', '--strict', '--file', file])
    const { stdout } = await run('cvtsudoers', ['--output-format', 'json', file], { maxBuffer: 2 ** 25 })

    const expected = people.flatMap((name) => [
      { name, as: 'root', authenticate: false, commands: [`/usr/bin/systemctl ${arguments_}`, 'sudoedit /etc/motd'] },
      { name, as: 'WWW', authenticate: undefined, commands: ['/usr/bin/id ""', '/usr/bin/id'] },
      { name, as: 'ALL', authenticate: undefined, commands: ['ALL'] },
    ])
    expect(leftOut).toEqual([])
    expect(specifications(JSON.parse(stdout)).sort(byText)).toEqual(expected.sort(byText))
  })
})

interface Specification {
  readonly User_List: readonly { readonly username: string }[]
  readonly Cmnd_Specs: readonly {
    readonly runasusers: readonly { readonly username: string }[]
    readonly Options?: readonly { readonly authenticate?: boolean }[]
    readonly Commands: readonly { readonly command: string }[]
  }[]
}

function specifications(parsed: unknown) {
  if (!isParsed(parsed)) throw new Error('cvtsudoers tells no User_Specs')
  return parsed.User_Specs.flatMap(({ User_List, Cmnd_Specs }) =>
    Cmnd_Specs.map(({ runasusers, Options = [], Commands }) => ({
      name: User_List.map(({ username }) => username).join(','),
      as: runasusers.map(({ username }) => username).join(','),
      authenticate: Options.find(({ authenticate }) => authenticate !== undefined)?.authenticate,
      commands: Commands.map(({ command }) => command),
    })),
  )
}

function isParsed(value: unknown): value is { readonly User_Specs: readonly Specification[] } {
  return typeof value === 'object' && value !== null && 'User_Specs' in value
}

function byText(one: object, other: object): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}
