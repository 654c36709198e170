import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createApplicationActivities } from '../../../activities/applications.ts'
import * as store from '../../../store/index.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { compileSchema } from '../store/applications-world.ts'
import { openTemporal, quietActivities, withWorkers } from '../workflows/harness.ts'
import { applyFolder, sampleFolder } from './sample.ts'

jest.setTimeout(120_000)

const page = readFileSync(fileURLToPath(new URL('../../../docs/how-to/form.md', import.meta.url)), 'utf8')

/** The commands of the page, as a shell would run them. */
const commands = blocksOf('sh').flatMap((block) => block.trim().split('\n'))

function blocksOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  )
}

describe('the how-to about forms', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-how-to-'))
  let database: TestDatabase
  let temporal: TestTemporal
  beforeAll(async () => {
    database = await createTestDatabase()
    temporal = await openTemporal()
    await applyFolder(database.pool, sampleFolder)
    const { address, namespace } = temporal
    writeFileSync(
      join(home, 'endpoints.json'),
      JSON.stringify({ database: database.url, temporal: address, namespace }),
    )
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  async function type(command: string): Promise<Ran> {
    const [first = '', piped] = command.split(' | ')
    const input = piped === undefined ? '' : (wordsOf(first)[1] ?? '')
    const [, , , ...args] = wordsOf(piped ?? first)
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input)
    }
    return run([...args, '--home', home], { input: lines })
  }

  it('has commands that do on the sample organisation what it says', async () => {
    const activities = {
      ...quietActivities(),
      ...createApplicationActivities({ pool: database.pool, store, compileSchema, reached: () => undefined }),
    }
    const ran = await withWorkers(temporal, activities, async () => {
      const done: Ran[] = []
      for (const command of commands) done.push(await type(command))
      return done
    })

    const printed = new Map(commands.map((command, index) => [command.replace(/^.*guildhall /, ''), ran[index]]))
    const textOf = (command: string) => printed.get(command)?.stdout ?? ''
    expect(ran.map(({ exitCode }, index) => [commands[index], exitCode])).toEqual(
      commands.map((command) => [command, command.includes('form check') ? 1 : 0]),
    )
    expect(textOf('form check school/enrol --language cs')).toBe(blocksOf('text')[0])
    expect(textOf('form schema astro/join --as idp/annie --language cs')).toContain('"default": "Annie Jump Cannon"')
    expect(textOf('members --vo school')).toMatch(/idp\/nova +VALID/)
    expect(textOf('application list --waiting-for idp/caroline')).toContain('github/linus')
    expect(textOf('application show 2')).toContain('Application 2 (initial) of github/linus for school: approved')
  })
})
