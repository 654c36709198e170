import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { run, type Ran } from '../../cli/run-program.ts'
import { keyIn, sendMail } from '../../support/send-mail.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn } from '../store/applications-world.ts'

jest.setTimeout(60_000)

const now = new Date('2026-11-22T22:00:00Z')

describe('guildhall invitation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-invitation-'))
  let database: TestDatabase
  let smtp: TestSmtp
  beforeAll(async () => {
    database = await createTestDatabase()
    smtp = await startSmtp()
    await applicationsIn(() => database).astro()
  })
  afterAll(async () => {
    await smtp.close()
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function guildhall(args: readonly string[], input = '', isTerminal = false): Promise<Ran> {
    async function* lines(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input)
    }
    return run(['invitation', ...args], { env: { DATABASE_URL: database.url }, cwd: folder, input: lines, isTerminal })
  }
  const json = ({ stdout, stderr }: Ran): unknown => JSON.parse(stdout === '' ? stderr : stdout)

  /** Sends what waits; the keys by the addresses that they went to. */
  async function keys(): Promise<ReadonlyMap<string, string>> {
    await sendMail(database.pool, { url: smtp.url, now })
    return new Map(smtp.taken.map(({ recipient, content }) => [recipient, keyIn(content)]))
  }

  it('invites by a mail in the language of the reader, whose key files the application', async () => {
    const message = ['--message', 'See you at the telescope', '--name', 'Alan', '--language', 'cs']
    const created = await guildhall([
      'create',
      'astro',
      'alan@example.org',
      '--as',
      'idp/ada',
      '--pre-approved',
      ...message,
    ])
    const key = (await keys()).get('alan@example.org') ?? ''
    const accepted = await guildhall(
      ['accept', '--key', '-', '--as', 'idp/alan', '--answer', 'name=Alan', '--json'],
      key,
    )
    const again = await guildhall(['accept', '--key', key, '--as', 'idp/alan'])
    const shown = await guildhall(['show', '1'])

    expect(created.stdout).toMatch(/1 +alan@example\.org +invited +the last day is 2026-12-21/)
    expect(smtp.taken.at(-1)?.content.replaceAll('=\r\n', '')).toMatch(
      /Dobr=C3=BD den, Alan,[\s\S]*See you at the telescope[\s\S]*--key [0-9a-f]{40}/,
    )
    expect(json(accepted)).toEqual({
      invitation: 1,
      applications: [expect.objectContaining({ vo: 'astro', group: null, state: 'approved', status: 'VALID' })],
    })
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      'error KEY_REFUSED: Cannot use the invitation: its key is wrong, was used before, or counts no more; ask whoever invited you for another one\n',
    ])
    expect(shown.stdout).toMatch(
      /Invitation 1 of alan@example\.org \(Alan\) to astro: accepted[\s\S]*idp\/alan +approved/,
    )
  })

  it('invites many from standard input, and answers a line each', async () => {
    const lines = [{ address: 'one@example.org' }, { address: 'nobody' }, { address: 'one@example.org', name: 'One' }]
    const ran = await guildhall(['create', 'astro/telescope'], lines.map((line) => JSON.stringify(line)).join('\n'))

    expect(ran.exitCode).toBe(1)
    expect(
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { address: 'one@example.org', invitation: expect.any(Number), until: '2026-12-22' },
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'INVITATION_REFUSED',
          facts: { address: 'nobody', reason: 'address-invalid' },
        }),
      }),
      expect.objectContaining({
        error: expect.objectContaining({ facts: { address: 'one@example.org', reason: 'named-twice' } }),
      }),
    ])
  })

  it('makes a new key when it sends again, and lets nobody use the old one or a revoked one', async () => {
    await guildhall(['create', 'astro', 'twice@example.org', 'gone@example.org'])
    const before = await keys()
    const [twice, gone] = await Promise.all(
      ['twice@example.org', 'gone@example.org'].map(async (address) => {
        const { invitations } = json(await guildhall(['list', '--address', address, '--json'])) as {
          invitations: { id: number }[]
        }
        return String(invitations[0]?.id)
      }),
    )
    const resent = await guildhall(['resend', twice ?? '', '--as', 'idp/ada', '--json'])
    const revoked = await guildhall(['revoke', '--as', 'idp/ada'], `{"invitation":${gone},"reason":"wrong address"}`)
    const old = await Promise.all(
      ['twice@example.org', 'gone@example.org'].map(async (address) =>
        guildhall(['decline', '--key', before.get(address) ?? '']),
      ),
    )
    const after = (await keys()).get('twice@example.org') ?? ''
    const declined = await guildhall(['decline', '--key', after, '--reason', 'no time'])

    expect(json(resent)).toEqual({ invitations: [{ invitation: Number(twice), state: 'open', until: '2026-12-22' }] })
    expect(json(revoked)).toEqual({ invitation: Number(gone), state: 'revoked', until: '2026-12-22' })
    expect(old.map(({ stderr }) => stderr.split(':')[0])).toEqual(['error KEY_REFUSED', 'error KEY_REFUSED'])
    expect(after).not.toBe(before.get('twice@example.org'))
    expect(declined.stdout).toBe(`Invitation ${twice} is declined.\n`)
    expect((await guildhall(['show', gone ?? ''])).stdout).toContain('by idp/ada: wrong address')
  })

  it('uses many keys from standard input, and answers a line each without the keys', async () => {
    await guildhall(['create', 'astro', 'l1@example.org', 'l2@example.org', 'l3@example.org'])
    const sent = await keys()
    const keyOf = (address: string) => sent.get(address) ?? ''
    const lines = (...objects: readonly object[]) => objects.map((one) => JSON.stringify(one)).join('\n')

    const accepted = await guildhall(
      ['accept'],
      lines(
        { key: keyOf('l1@example.org'), identity: 'idp/l1', answers: { name: 'L1' } },
        { key: 'wrong', identity: 'idp/l2', answers: { name: 'L2' } },
      ),
    )
    const declined = await guildhall(
      ['decline', '--reason', 'no time'],
      lines({ key: keyOf('l2@example.org') }, { key: keyOf('l3@example.org'), reason: 'no wish' }),
    )
    const bad = await guildhall(['accept'], lines({ key: 'x', identity: 'l1' }))
    const mixed = await guildhall(['accept', '--as', 'idp/ada'])
    const answers = ({ stdout }: Ran) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)

    expect([accepted.exitCode, answers(accepted)]).toEqual([
      1,
      [
        {
          identity: 'idp/l1',
          invitation: expect.any(Number),
          applications: [expect.objectContaining({ state: 'open' })],
        },
        { identity: 'idp/l2', error: expect.objectContaining({ code: 'KEY_REFUSED' }) },
      ],
    ])
    expect([declined.exitCode, answers(declined)]).toEqual([
      0,
      [
        { invitation: expect.any(Number), state: 'declined' },
        { invitation: expect.any(Number), state: 'declined' },
      ],
    ])
    expect([bad.exitCode, bad.stderr]).toEqual([
      1,
      'error LINE_INVALID: Cannot read line 1: identity: expected an identity such as "idp/ada", got "l1"; nothing was done\n',
    ])
    expect(mixed.stderr).toMatch(/COMMAND_MISUSED: Cannot tell which invitation is accepted/)
  })

  it('sends no mail with an invitation that was revoked before it went out', async () => {
    await guildhall(['create', 'astro', 'early@example.org'])
    const { invitations } = json(await guildhall(['list', '--address', 'early@example.org', '--json'])) as {
      invitations: { id: number }[]
    }
    await guildhall(['revoke', String(invitations[0]?.id)])

    expect((await keys()).has('early@example.org')).toBe(false)
  })

  it('imports a file with progress, tells each bad line by its number, and invites nobody twice by it', async () => {
    writeFileSync(
      join(folder, 'people.csv'),
      'email;name\nf1@example.org;F1\nnobody;N\nf2@example.org;F2;x\nf3@example.org;F3\n',
    )
    const first = await guildhall(['import', 'astro', 'people.csv', '--as', 'idp/ada'], '', true)
    const key = (await keys()).get('f1@example.org') ?? ''
    await guildhall(['decline', '--key', key])
    const again = await guildhall(['import', 'astro', 'people.csv', '--as', 'idp/ada', '--json'])

    expect(first).toEqual({
      exitCode: 1,
      stderr: '\r3 of 3 lines …\n',
      stdout: `2 addresses invited, 2 lines refused

LINE  ADDRESS         WHY
3     nobody          expected an address such as "ada@example.org", got "nobody"
4     f2@example.org  expected 2 cells as in the first line, got 3
`,
    })
    expect(json(again)).toMatchObject({ invited: 0, known: 2, refused: [{ line: 3 }, { line: 4 }] })
  })

  it.each([
    [['accept', '--key', 'x'], /say who accepts with `--as IDENTITY`/],
    [['accept', '--key', 'x', '--as', 'idp/ada'], /KEY_REFUSED/],
    [['show', 'x'], /Cannot read invitation "x": expected a number such as 12/],
    [['show', '99999'], /INVITATION_UNKNOWN/],
    [['revoke', '99999'], /INVITATION_UNKNOWN/],
    [['create', 'nowhere', 'a@example.org'], /OBJECT_UNKNOWN/],
    [['create', 'astro', 'a@example.org', '--as', 'idp/grace'], /ACTOR_NOT_ELIGIBLE/],
    [['import', 'astro', 'nowhere.csv'], /Cannot read "nowhere.csv": expected a CSV file/],
  ])('says what is wrong with %j', async (args, message) => {
    expect(await guildhall(args)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) })
  })
})
