import { describe, expect, it } from '@jest/globals'
import { onSample } from './on-database.ts'

const { guildhall } = onSample()

function objectsIn(lines: string): unknown[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

describe('guildhall terms', () => {
  it('shows the text, lets somebody accept it, and lists who has not', async () => {
    expect((await guildhall(['terms', 'show', 'history'])).stdout).toMatch(
      /^Version 2026-01, in force since .+, SHA-256 [0-9a-f]{64}\n\n# Terms of the history of astronomy\n/,
    )

    const accepted = await guildhall(['terms', 'accept', 'history', 'idp/mary', '--as', 'idp/mary'])

    expect(accepted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/idp\/mary {2,}2026-01 .+ VALID\n$/) })
    const listed = (await guildhall(['terms', 'list', 'history'])).stdout
    expect(listed).toMatch(/idp\/tycho {2,}INVALID/)
    expect(listed).not.toContain('idp/mary')
  })

  it('takes what many signed from standard input, and ends with 1 where somebody is refused', async () => {
    const lines = '{"user":"idp/johannes"}\n{"user":"idp/williamina","version":"2025-01"}\n'

    const answered = await guildhall(['terms', 'accept', 'history', '--reason', 'signed on paper'], lines)

    expect(answered.exitCode).toBe(1)
    expect(objectsIn(answered.stdout)).toEqual([
      expect.objectContaining({ user: 'idp/johannes', version: '2026-01', status: 'VALID', isNew: true }),
      {
        user: 'idp/williamina',
        error: {
          code: 'TERMS_REFUSED',
          message:
            'Cannot accept the terms of VO "history" for "idp/williamina": version "2025-01" is not in force, but "2026-01" is; read it with `guildhall terms show history`',
          facts: { user: 'idp/williamina', reason: 'other-version' },
        },
      },
    ])
  })

  it('is refused for somebody else, and says what a VO without terms has', async () => {
    const other = await guildhall(['terms', 'accept', 'history', 'idp/tycho', '--as', 'idp/mary'])

    expect(other).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('error ACTOR_NOT_ELIGIBLE') })
    expect((await guildhall(['terms', 'list', 'astro'])).stdout).toBe('VO "astro" has no terms.\n')
    expect((await guildhall(['terms', 'show', 'histroy'])).stderr).toContain('did you mean "history"?')
  })
})

describe('guildhall user erase', () => {
  it('asks for the identity to be typed again, and erases', async () => {
    await guildhall(['identity', 'add', 'idp/zaphod'])
    const command = ['user', 'erase', 'idp/zaphod', '--reason', 'request 2026/7']

    const mistyped = await guildhall(command, 'idp/zaphot\n')
    expect(mistyped).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('expected "idp/zaphod" to be typed'),
    })
    const erased = await guildhall(command, 'idp/zaphod\n')
    expect(erased).toMatchObject({
      exitCode: 0,
      stdout: 'idp/zaphod is erased; memberships of VOs that ended: 0\n',
    })
  })

  it('is refused where git names somebody, and where lines come without --yes', async () => {
    const declared = await guildhall(['user', 'erase', 'idp/mary', '--reason', 'request', '--yes', '--json'])
    expect(JSON.parse(declared.stderr)).toMatchObject({
      error: { code: 'ERASURE_REFUSED', facts: { user: 'idp/mary', reason: 'declared' } },
    })
    expect((await guildhall(['user', 'erase', '--reason', 'request'])).stderr).toContain('add `--yes`')
  })
})
