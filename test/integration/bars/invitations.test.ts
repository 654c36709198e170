import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { countMails } from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { keyIn } from '../../support/send-mail.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn } from '../store/applications-world.ts'

jest.setTimeout(600_000)

const lines = 10_000
const root = fileURLToPath(new URL('../../../', import.meta.url))
const sender = fileURLToPath(new URL('outage-run.ts', import.meta.url))

/** Every so many lines is bad, in one of these ways. */
const badEvery = 33
const ways: readonly ((line: number) => string)[] = [
  () => 'no address,Nobody',
  (line) => `p${line}@example.org`,
  (line) => `p${line}@example.org,Too,many`,
  (line) => `"p${line}@example.org,Open quote`,
  (line) => `p${line - 1}@example.org,Twice`,
  (line) => `p${line}@example.org\u0007,Bell`,
  (line) => `p${line}@example.org;x@example.org,Two`,
  (line) => `p${line}@example.org,Escape\u001b[2J`,
  () => ',Nobody',
  () => '\ufffd\ufffd,Latin',
]

/** 10,000 lines after the first, 300 of them bad; the numbers of those. */
function makeFile(): { readonly text: string; readonly bad: readonly number[] } {
  const bad: number[] = []
  const written = Array.from({ length: lines }, (_, index) => {
    const line = index + 2
    const isBad = index > 0 && index % badEvery === 0 && bad.length < 300
    if (!isBad) return `p${line}@example.org,Person ${line}`
    bad.push(line)
    return (ways[bad.length % ways.length] ?? ways[0])?.(line)
  })
  return { text: ['email,name', ...written, ''].join('\n'), bad }
}

describe('10,000 invitations from a file of which 300 lines are bad', () => {
  const home = mkdtempSync(join(tmpdir(), 'guildhall-invitations-'))
  const file = join(home, 'people.csv')
  const { text, bad } = makeFile()
  let database: TestDatabase
  let smtp: TestSmtp
  beforeAll(async () => {
    database = await createTestDatabase()
    smtp = await startSmtp()
    await applicationsIn(() => database).astro()
    writeFileSync(file, text)
  })
  afterAll(async () => {
    await smtp.close()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  })

  interface Ended {
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly stdout: string
  }

  /** Runs a program of ours; `whenBegun` may kill it. */
  async function runProgram(args: readonly string[], whenBegun?: (kill: () => void) => Promise<void>): Promise<Ended> {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      ...{ cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
      env: { PATH: process.env['PATH'], DATABASE_URL: database.url },
    })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal })),
    )
    await whenBegun?.(() => void child.kill('SIGKILL'))
    return { ...(await ended), stdout: Buffer.concat(parts).toString('utf8') }
  }

  const importing = ['cli/main.ts', 'invitation', 'import', 'astro', file, '--json']

  async function count(sql: string): Promise<number> {
    const { rows } = await database.pool.query<{ count: number }>(`select count(*)::integer as count from ${sql}`)
    return rows[0]?.count ?? 0
  }

  const send = async (...fatal: readonly string[]) =>
    runProgram([sender, database.url, smtp.url, String(Date.now()), ...fatal])

  it('are made once and sent once, also where making and sending are killed in the middle and repeated', async () => {
    const killed = await runProgram(importing, async (kill) => {
      await waitUntil(async () => (await count('invitation')) >= 2_000, 60_000)
      kill()
    })
    const before = await count('invitation')
    const again = await runProgram(importing)
    const report = JSON.parse(again.stdout) as { invited: number; known: number; refused: { line: number }[] }

    expect(killed.signal).toBe('SIGKILL')
    expect(before).toBeGreaterThanOrEqual(2_000)
    expect(before).toBeLessThan(9_700)
    expect(again.code).toBe(1)
    expect([report.invited, report.known]).toEqual([9_700 - before, before])
    expect(report.refused.map(({ line }) => line)).toEqual(bad)
    expect([await count('invitation'), await count('(select distinct lower(address) from invitation) a')]).toEqual([
      ...[9_700, 9_700],
    ])

    const third = await runProgram(importing)
    expect(JSON.parse(third.stdout)).toMatchObject({ invited: 0, known: 9_700 })

    const stopped = await send('mail.before-ending', '3000')
    const [sentBefore] = [smtp.taken.length]
    const done = await send()

    expect([stopped.signal, sentBefore]).toEqual(['SIGKILL', 2_999])
    expect(done.code).toBe(0)
    expect(await countMails(database.pool)).toEqual({ waiting: 0, unknown: 0, failed: 0 })
    expect(smtp.taken).toHaveLength(9_700)
    expect(new Set(smtp.taken.map(({ recipient }) => recipient)).size).toBe(9_700)
  })

  it('bring a key each, of which the database has the hash alone', async () => {
    const keys = smtp.taken.map(({ content }) => keyIn(content))
    const { rows } = await database.pool.query<{ hash: string; address: string }>(
      `select encode(key_hash, 'hex') as hash, address from invitation`,
    )
    const addressOf = new Map(rows.map(({ hash, address }) => [hash, address]))

    expect(new Set(keys).size).toBe(9_700)
    expect(
      smtp.taken.filter(
        ({ recipient }, index) =>
          addressOf.get(
            createHash('sha256')
              .update(keys[index] ?? '')
              .digest('hex'),
          ) !== recipient,
      ),
    ).toEqual([])
    const [some = ''] = keys
    expect(await count(`mail where body like '%${some}%'`)).toBe(0)
  })

  it('have no workflow each: the clock of the VO ends them', async () => {
    expect([await count('invitation where is_ended_by_clock'), await count('invitation_wake')]).toEqual([9_700, 0])
  })
})
