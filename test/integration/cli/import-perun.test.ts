import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, jest } from '@jest/globals'
import { run } from '../../cli/run-program.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { filesIn } from '../../cli/import/importing.ts'
import { applyFolder } from './sample.ts'

jest.setTimeout(120_000)

const answers = fileURLToPath(new URL('../../data/perun', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'guildhall-import-perun-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('what comes from Perun, values of things among it, can be brought into force, and is exported so that its plan is empty', async () => {
  const database = await createTestDatabase()
  try {
    const guildhall = (...args: readonly string[]): ReturnType<typeof run> =>
      run(args, { cwd: root, env: { DATABASE_URL: database.url } })
    await guildhall('import', 'perun', answers, '--login-namespace', 'einfra', '--to', 'from-perun')

    const first = await guildhall('plan', 'from-perun', '--json')
    await applyFolder(database.pool, join(root, 'from-perun'))
    const exported = await guildhall('export', 'now')
    const plans = await Promise.all(['from-perun', 'now'].map((folder) => guildhall('plan', folder, '--json')))

    expect(JSON.parse(first.stdout)).toMatchObject({ findings: [] })
    expect(exported).toMatchObject({ exitCode: 0, stderr: '' })
    expect(plans.map(({ exitCode, stdout }) => [exitCode, JSON.parse(stdout) as object])).toEqual([
      [0, expect.objectContaining({ changes: [] })],
      [0, expect.objectContaining({ changes: [] })],
    ])
    const files = await filesIn(join(root, 'now'))
    expect(files['instance/facilities.yaml']).toContain('shells:\n      - /bin/bash\n      - /bin/zsh\n')
  } finally {
    await database.drop()
  }
})
