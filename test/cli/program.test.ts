import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { afterAll, describe, expect, it } from '@jest/globals'
import { buildProgram } from '../../cli/program.ts'
import { processShell } from '../../cli/shell.ts'
import { run } from './run-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const empty = mkdtempSync(join(tmpdir(), 'guildhall-cli-'))
const commands = buildProgram(processShell()).commands.flatMap((command) => namesOf(command))

/** The names of a command, or of each of those below it. */
function namesOf(command: Command): string[][] {
  const name = command.name()
  if (command.commands.length === 0) return [[name]]
  return command.commands.flatMap((below) => namesOf(below).map((names) => [name, ...names]))
}

afterAll(() => rmSync(empty, { recursive: true, force: true }))

function golden(name: string, text: string): string {
  const file = new URL(`golden/${name}.txt`, import.meta.url)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  return readFileSync(file, 'utf8')
}

describe('help', () => {
  it('lists every command with what it is for', async () => {
    const { stdout, exitCode } = await run(['--help'])

    expect(exitCode).toBe(0)
    expect(stdout).toBe(golden('help', stdout))
  })

  it.each(commands)('of %s %s shows options, examples and exit codes', async (...names) => {
    const { stdout, exitCode } = await run([...names, '--help'])

    expect(exitCode).toBe(0)
    for (const part of ['--home <dir>', '--json', 'Examples:', 'Exit codes: 0 done, 1 error'])
      expect(stdout).toContain(part)
  })

  it('begins with a whole sentence where there is no more to say than in the list', async () => {
    const { stdout } = await run(['doctor', '--help'])

    expect(stdout).toContain('\n\nSay what a start needs, what is missing and how to get it.\n\n')
  })

  it.each(['plan', 'approve', 'holds'])('of %s is the one that was read and found good', async (name) => {
    const { stdout } = await run([name, '--help'])

    expect(stdout).toBe(golden(`help-${name}`, stdout))
  })
})

describe('errors', () => {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['unknown command', ['aply']],
    ['unknown option', ['status', '--colour']],
    ['option before the command', ['--home', 'a hall', 'status']],
    ['empty home', ['status', '--home', '']],
    ['empty repository', ['dev', '--config', ' ']],
    ['empty filter', ['deliveries', '--facility', '']],
    ['missing option', ['members']],
    ['missing argument', ['approve', '--reason', 'x']],
    ['too many arguments', ['status', 'now']],
    ['bad choice', ['deliveries', '--state', 'lost']],
    ['bad number', ['apply', '--timeout', 'soon']],
    ['missing option below a command', ['user', 'erase', 'idp/ada']],
    ['unknown command below a command', ['member', 'ad', 'astro', 'idp/ada']],
    ['bad resource', ['why', 'idp/ada', 'astro/cluster/batch']],
    ['bad scope', ['freeze', 'astro', '--reason', 'x']],
    ['no reason', ['freeze']],
    ['bad commit', ['pin', 'main']],
    ['nothing runs', ['status']],
    ['no folder', ['validate', 'nowhere']],
  ]

  it('are one sentence each, with a code, on standard error', async () => {
    const said: string[] = []
    for (const [name, args] of lines) {
      const { exitCode, stdout, stderr } = await run(args, { cwd: empty })
      said.push(`${name}: exit ${exitCode}\n  ${stderr.replaceAll(empty, '/somewhere')}`)
      expect(stdout).toBe('')
    }

    expect(said.join('')).toBe(golden('errors', said.join('')))
  })

  it('are JSON with --json', async () => {
    const { stderr, stdout, exitCode } = await run(['status', '--json'], { cwd: empty })

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'STATE_UNREACHABLE',
        message: `Cannot find a running system: "${empty}/.guildhall" has no endpoints.json, and DATABASE_URL is not set; start it with \`npm start\`, or name the home of a running one with \`--home DIR\``,
        facts: { home: `${empty}/.guildhall` },
      },
    })
  })

  it('take a GUILDHALL_HOME that is empty for none', async () => {
    const { stderr } = await run(['status'], { cwd: empty, env: { GUILDHALL_HOME: '' } })

    expect(stderr).toContain(`"${empty}/.guildhall" has no endpoints.json`)
  })

  it('say of a home that cannot be read so', async () => {
    const home = join(empty, 'closed')
    // As of another user; whoever runs the tests may be allowed to read any file, but none reads a folder as one.
    mkdirSync(join(home, 'endpoints.json'), { recursive: true })

    const { stderr, exitCode } = await run(['status', '--home', home])

    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error STATE_UNREACHABLE: Cannot read ".*endpoints\.json"; if the home .*--home DIR/)
  })

  it.each(['status', 'holds', 'members', 'deliveries', 'plan'])(
    '%s says so where nothing answers any more',
    async (name) => {
      const endpoints = { database: 'postgres://guildhall@127.0.0.1:1/guildhall', temporal: '127.0.0.1:1' }
      writeFileSync(join(empty, 'endpoints.json'), JSON.stringify(endpoints))
      const args = name === 'members' ? ['--vo', 'astro'] : name === 'plan' ? [empty] : []

      const { stderr, exitCode } = await run([name, ...args, '--home', empty])

      expect(exitCode).toBe(1)
      expect(stderr).toMatch(
        /^error STATE_UNREACHABLE: Cannot reach the state in PostgreSQL named by .*ECONNREFUSED.*npm start.*--home DIR/,
      )
    },
  )
})

describe('validate', () => {
  it('finds nothing wrong with the sample organisation', async () => {
    const text = await run(['validate', join(root, 'config-repo')])
    const json = await run(['validate', join(root, 'config-repo'), '--json'])

    expect(text).toEqual({ exitCode: 0, stderr: '', stdout: `${join(root, 'config-repo')} is valid\n` })
    expect(JSON.parse(json.stdout)).toEqual({ valid: true, findings: [] })
  })

  it('names file, line, column and path of a mistake, and exits 1', async () => {
    const folder = mkdtempSync(join(empty, 'bad-'))
    writeFileSync(
      join(folder, 'vo.yaml'),
      'apiVersion: guildhall/v1\nkind: VO\nmetadata: { name: astro }\nspec:\n  protectd: true\n',
    )

    const json = await run(['validate', folder, '--json'])
    const text = await run(['validate', folder])

    expect([json.exitCode, text.exitCode]).toEqual([1, 1])
    const { valid, findings } = JSON.parse(json.stdout) as { valid: boolean; findings: Record<string, unknown>[] }
    expect(valid).toBe(false)
    expect(findings).toContainEqual({
      severity: 'error',
      code: 'key-unknown',
      file: 'vo.yaml',
      line: 5,
      column: 3,
      path: 'spec.protectd',
      message: expect.stringContaining('did you mean "protected"?'),
    })
    expect(text.stdout).toContain('vo.yaml:5:3 error key-unknown spec.protectd: ')
    expect(text.stdout).toMatch(/is not valid: \d errors?, 0 warnings\n$/)
  })
})

describe('start-up', () => {
  it('of validate loads neither Temporal nor PostgreSQL', () => {
    const loader = `data:text/javascript,${encodeURIComponent(
      'export async function resolve(s, c, n) { if (/^(@temporalio|pg$|fastify)/.test(s)) throw new Error("loaded " + s); return n(s, c) }',
    )}`
    const register = `data:text/javascript,${encodeURIComponent(`import { register } from "node:module"; register(${JSON.stringify(loader)})`)}`

    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', register, '--import', 'tsx', join(root, 'cli/main.ts'), 'validate', join(root, 'config-repo')],
      { cwd: root, encoding: 'utf8' },
    )

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})
