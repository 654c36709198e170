import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { run } from '../cli/run-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'guildhall-how-to-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

const page = readFileSync(new URL('../../docs/how-to/import.md', import.meta.url), 'utf8')
const block = (kind: string, index = 0): string =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))][index]?.[1] ?? ''

it('how to import has commands that do what it says', async () => {
  writeFileSync(join(folder, 'orgs.yaml'), block('yaml'))
  writeFileSync(join(folder, 'people.csv'), block('csv'))
  writeFileSync(join(folder, 'directory.ldif'), block('ldif'))
  cpSync(new URL('../data/perun', import.meta.url), join(folder, 'answers'), { recursive: true })
  const commands = [...page.matchAll(/^guildhall import .*/gm)].map(([command]) => command.split(' ').slice(1))

  const ended: string[] = []
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await run(command, { cwd: folder })
    ended.push(`${command[1] ?? ''} ${exitCode} ${stdout.split('\n')[0] ?? ''}${stderr}`)
    const validation = await run(['validate', command.at(-1) ?? ''], { cwd: folder })
    expect(validation.stdout).toContain('is valid')
  }

  expect(ended).toEqual([
    'peribolos 0 4 files written to "from-github": 1 Instance, 1 Source, 1 Attribute, 1 Facility, 1 VO, 2 Group, 1 Resource, 6 memberships of 3 people',
    'csv 0 5 files written to "from-csv": 1 Instance, 1 Source, 3 User, 1 VO, 3 Group, 6 memberships of 3 people',
    'ldif 0 4 files written to "from-directory": 1 Instance, 1 Source, 1 User, 1 VO, 1 Group, 2 memberships of 1 person',
    'perun 2 11 files written to "from-perun": 1 Instance, 3 Source, 20 Attribute, 3 User, 2 Facility, 2 VO, 4 Group, 2 Resource, 5 memberships of 3 people',
  ])
})
