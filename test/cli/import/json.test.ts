import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { run } from '../run-program.ts'
import { reportFaults } from '../report-faults.ts'

const fixtures = fileURLToPath(new URL('../../data', import.meta.url))

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-import-json-'))
  await writeFile(join(root, 'one.csv'), 'login,group\nada,board\n')
  await writeFile(join(root, 'other.csv'), 'login,group\ngrace,board\nlinus,Résumé\n, \n')
})
afterAll(() => rm(root, { recursive: true, force: true }))

it.each([
  ['csv', ['csv', 'one.csv', '--vo', 'astro'], 0],
  ['csv beside what is there', ['csv', 'other.csv', '--vo', 'astro', '--add'], 2],
  ['ldif', ['ldif', join(fixtures, 'ldif/directory.ldif'), '--vo', 'astro'], 2],
  ['peribolos', ['peribolos', join(fixtures, 'peribolos/orgs.yaml')], 2],
  ['perun', ['perun', join(fixtures, 'perun')], 2],
] as const)('what an import prints as JSON is as its schema says: %s', async (_, [type, ...words], expected) => {
  const { exitCode, stdout } = await run(['import', type, ...words, '--to', `from-${type}`, '--json'], { cwd: root })

  expect(reportFaults('import-report', stdout)).toEqual([])
  expect(exitCode).toBe(expected)
})

it('a report with a key that the schema does not know is none', async () => {
  const { stdout } = await run(['import', 'csv', 'one.csv', '--vo', 'astro', '--to', 'again', '--json'], { cwd: root })
  const report = JSON.parse(stdout) as object

  const faults = reportFaults('import-report', JSON.stringify({ ...report, dropped: [] }))

  expect(faults.map(({ path }) => path)).toEqual([['dropped']])
})
