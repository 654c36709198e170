import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { examplesOf } from '../../support/how-to.ts'
import { onSample } from './on-database.ts'
import { applyFolder, sampleFolder } from './sample.ts'

const [founding = '', offers = ''] = examplesOf('first-vo')
const offer = offers.split('\n').find((line) => line.includes('vo: chess')) ?? ''

/** The steps of the page, one after the other, on the sample. */
describe('what the how-to on the first VO promises', () => {
  const { guildhall, pool } = onSample()
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-first-vo-'))
  const chess = join(folder, 'chess', 'vo.yaml')
  const facilities = join(folder, 'instance', 'facilities.yaml')
  const warnings = async (): Promise<string[]> => {
    const { stdout } = await guildhall(['validate', folder, '--json'])
    const { findings } = JSON.parse(stdout) as { findings: { code: string; file: string }[] }
    return findings.map(({ code, file }) => `${file} ${code}`)
  }

  beforeAll(() => {
    cpSync(sampleFolder, folder, { recursive: true })
    mkdirSync(join(folder, 'chess'))
    writeFileSync(chess, founding)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it('checked, one warning at each end says that there is no offer, and none once there is', async () => {
    const before = await warnings()
    const text = readFileSync(facilities, 'utf8')
    writeFileSync(facilities, text.replace(/^( *)- \{ name: plates, vo: astro \}$/m, `$&\n$1${offer.trim()}`))

    expect(before).toEqual(['chess/vo.yaml offer-exceeded', 'instance/facilities.yaml offer-exceeded'])
    expect(await warnings()).toEqual([])
  })

  it('planned, alan and ada gain the resource', async () => {
    const { exitCode, stdout } = await guildhall(['plan', folder, '--json'])

    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      guard: { verdict: 'pass' },
      impact: {
        gained: ['idp/ada', 'idp/alan'].map((user) => ({
          user,
          vo: 'chess',
          resource: 'endgames',
          facility: 'archive',
        })),
        lost: [],
      },
    })
  })

  it('committed, they have access, and `why` names every link', async () => {
    await applyFolder(pool(), folder)

    const { stdout } = await guildhall(['why', 'idp/ada', 'chess/endgames'])

    expect((await guildhall(['members', '--vo', 'chess'])).stdout).toMatch(/^idp\/ada .*\nidp\/alan .*/m)
    expect(stdout).toMatch(/chess\/vo\.yaml:\d+/)
    for (const link of ['players', 'endgames', 'archive']) expect(stdout).toContain(link)
  })

  it('emptied, the group is held with the reason, and nobody loses anything', async () => {
    writeFileSync(chess, founding.replace('members: [idp/alan, idp/ada]', 'members: []'))

    const { exitCode, stdout } = await guildhall(['plan', folder, '--json'])
    await applyFolder(pool(), folder, { commit: 'decade00'.padEnd(40, '0') })

    expect(exitCode).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      guard: { scopes: expect.arrayContaining([expect.objectContaining({ scope: 'vo:chess', verdict: 'held' })]) },
    })
    expect((await guildhall(['holds'])).stdout).toContain('vo:chess')
    expect((await guildhall(['members', '--vo', 'chess', '--group', 'players'])).stdout).toContain('idp/ada')
  })
})
