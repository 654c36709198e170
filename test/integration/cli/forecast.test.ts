import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Ran } from '../../cli/run-program.ts'
import { twelve as people } from '../../support/many-people.ts'
import { onConfiguration } from './on-database.ts'

/** The members whom git names; four of them until December. */
function configuration(members: number): string {
  const named = people
    .slice(0, members)
    .map((user, index) => (index < 4 ? `{ user: ${user}, expires: 2026-12-01 }` : user))
  return `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, timeZone: UTC }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: lab }
spec: { managers: [{ user: idp/ada }], members: [${named.join(', ')}], notices: { before: [P1D] } }
`
}

describe('the future, as it is now', () => {
  const { guildhall: run } = onConfiguration(configuration(12))
  const withOneLess = mkdtempSync(join(tmpdir(), 'guildhall-forecast-'))
  beforeAll(() => {
    writeFileSync(join(withOneLess, 'all.yaml'), configuration(11))
  })
  afterAll(() => {
    rmSync(withOneLess, { recursive: true, force: true })
  })

  async function guildhall(...args: readonly string[]): Promise<Ran> {
    return run(args, '', { cwd: withOneLess })
  }

  it('is told for people and for programs', async () => {
    const { stdout } = await guildhall('forecast')
    const json = await guildhall('forecast', '--vo', 'lab', '--days', '10', '--json')

    expect(stdout).toMatch(/^What becomes due from 2026-11-22 to 2026-12-22, if nobody does anything:\n/)
    expect(stdout).toMatch(/2026-11-30 +lab +notice before-P1D +4 +idp\/p00, idp\/p01, idp\/p02, 1 more\n/)
    expect(stdout).toMatch(/2026-12-01 +lab +EXPIRED +4 +idp\/p00, idp\/p01, idp\/p02, 1 more\n/)
    expect(stdout).toContain(
      '! 2026-12-01 vo lab would lose 4 of 12 people, the limit is 25%; the dates stood for a week',
    )
    expect(stdout).toMatch(/\nMail: 0 messages; 4 notices for people without an address\n$/)
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ from: '2026-11-22T22:00:00.000Z', until: '2026-12-02T22:00:00.000Z', managers: [], emptied: [] },
      changes: [
        {},
        {},
        {},
        {},
        { at: '2026-12-01T00:00:00.000Z', what: 'EXPIRED', user: 'idp/p00', vo: 'lab' },
        {},
        {},
        {},
      ],
      limits: [{ subject: 'vo lab', isForeseen: true }],
      mail: [{ day: '2026-11-30', vo: 'lab', mails: 0, unreachable: 4 }],
    })
    expect((await guildhall('forecast', '--days', '2')).stdout).toBe(
      'Nothing becomes due from 2026-11-22 to 2026-11-24.\n',
    )
  })

  it('is what a plan can be judged by: with those who have lapsed, one more is not many', async () => {
    const now = await guildhall('plan', withOneLess, '--json')
    const then = await guildhall('plan', withOneLess, '--at', '2026-12-05', '--json')
    const today = await guildhall('plan', withOneLess, '--at', '2026-11-22', '--json')

    const baseOf = ({ stdout }: Ran): unknown => {
      const { impact, changes } = JSON.parse(stdout) as { impact: object; changes: readonly object[] }
      return { impact, changes: changes.length }
    }
    expect([now.exitCode, then.exitCode, today.exitCode]).toEqual([2, 2, 2])
    expect(baseOf(then)).toEqual(baseOf(now))
    expect(today.stdout).toBe(now.stdout)
  })

  it.each([
    [
      ['forecast', '--vo', 'lap'],
      'OBJECT_UNKNOWN: Cannot foresee anything of VO "lap": it is not in force; did you mean "lab"?',
    ],
    [['forecast', '--days', '0'], 'COMMAND_MISUSED'],
    [['plan', '.', '--at', '2026-11-21'], 'COMMAND_MISUSED: Cannot plan on 2026-11-21: the day is over'],
    [['plan', '.', '--at', 'tomorrow'], 'COMMAND_MISUSED'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await guildhall(...args)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`error ${message}`)
  })
})
