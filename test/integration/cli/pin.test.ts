import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../../cli/run-program.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { openTemporal } from '../workflows/harness.ts'

const home = mkdtempSync(join(tmpdir(), 'guildhall-pin-'))
let database: TestDatabase
let temporal: TestTemporal

beforeAll(async () => {
  database = await createTestDatabase()
  temporal = await openTemporal()
  const { address, namespace } = temporal
  writeFileSync(join(home, 'endpoints.json'), JSON.stringify({ database: database.url, temporal: address, namespace }))
})

afterAll(async () => {
  await temporal.close()
  await database.drop()
  rmSync(home, { recursive: true, force: true })
})

const pin = (...words: readonly string[]) => run(['pin', ...words, '--home', home], { env: process.env })

function git(...words: readonly string[]): string {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  return execFileSync('git', ['-C', join(home, 'mirror.git'), ...who, ...words], { encoding: 'utf8' }).trim()
}

describe('pin', () => {
  it('takes a commit that cannot be looked up here, and says so', async () => {
    const { exitCode, stdout } = await pin('c0ffee00'.padEnd(40, '0'))
    await pin('--lift')

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Pinned to .*\nWhether there is such a commit was not checked: .*`guildhall status`/)
  })

  it('takes no hash that is not that of a commit which was fetched', async () => {
    execFileSync('git', ['init', '--quiet', '--bare', join(home, 'mirror.git')])
    const tree = git('mktree', '--missing')
    const commit = git('commit-tree', '-m', 'first', tree)
    git('tag', '--annotate', '--message', 'good', 'good', commit)
    const refusals: string[] = []

    for (const hash of [tree, git('rev-parse', 'good'), '1'.repeat(40), '1'.repeat(64)])
      refusals.push((await pin(hash)).stderr)
    const shown = await pin('--json')
    const good = await pin(commit)

    expect(refusals).toEqual([
      expect.stringContaining(`COMMIT_UNKNOWN: Cannot pin "${tree}": it is the hash of a file or folder; `),
      expect.stringContaining(`": it is the hash of a tag; its commit is ${commit}\n`),
      expect.stringContaining('": no such commit was fetched from the configuration repository; expected '),
      expect.stringContaining('": no such commit was fetched from the configuration repository; expected '),
    ])
    expect(JSON.parse(shown.stdout)).toEqual({ pin: null })
    expect(good).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Pinned to [^\n]*\n$/) })
  })
})
