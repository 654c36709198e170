import { beforeAll, describe, expect, it } from '@jest/globals'
import { half, twelve as people } from '../../support/many-people.ts'
import { onConfiguration } from './on-database.ts'

const configuration = `apiVersion: guildhall/v1
kind: Instance
metadata: { name: example }
spec: { namespace: "urn:geant:example.org", authority: guildhall.example.org, admins: [{ user: idp/root }] }
---
apiVersion: guildhall/v1
kind: Source
metadata: { name: idp }
spec: { type: declared, loa: 2 }
---
apiVersion: guildhall/v1
kind: Attribute
metadata: { name: user.badge }
spec: { type: string }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: lab }
spec: { managers: [{ user: idp/ada }], sponsors: [{ user: idp/ada }], requires: { attributes: [user.badge] } }
---
apiVersion: guildhall/v1
kind: VO
metadata: { name: school }
spec: { requires: { loa: [2] } }
`

const { guildhall, pool } = onConfiguration(configuration)

function lines(objects: readonly object[]): string {
  return objects.map((one) => `${JSON.stringify(one)}\n`).join('')
}

const badgesOf = (users: readonly string[], value?: string) =>
  users.map((user) => ({ holder: `user:${user}`, name: 'badge', ...(value === undefined ? {} : { value }) }))

describe('what takes away too much', () => {
  beforeAll(async () => {
    await guildhall(['member', 'add', 'lab', ...people])
    await guildhall(['attribute', 'set'], lines(badgesOf(people, 'blue')))
  })

  /** What was entered, what is then held, and what its approval says. */
  async function enter(args: readonly string[], input = '') {
    await pool().query('delete from loss')
    const entered = await guildhall(args, input)
    const { holds } = JSON.parse((await guildhall(['holds', '--json'])).stdout) as {
      holds: { digest: string; scope: string; change: { what: string; people: number } }[]
    }
    const [hold] = holds
    const digest = hold?.digest ?? ''
    const shown = (await guildhall(['holds'])).stdout
    const approved = await guildhall(['approve', digest, '--as', 'idp/root', '--reason', 'agreed', '--json'])
    expect([entered.exitCode, holds.length, approved.exitCode]).toEqual([3, 1, 0])
    return { entered, hold, digest, shown, approved: JSON.parse(approved.stdout) as object }
  }

  it('by values is held, says so in lines and what to type beside them, and is done once approved', async () => {
    const { entered, digest, shown, approved } = await enter(['attribute', 'unset'], lines(badgesOf(half)))

    expect(entered.stdout).toBe(
      lines(half.map((user) => ({ holder: `user:${user}`, name: 'user.badge', held: digest }))),
    )
    expect(entered.stderr).toContain(`  guildhall approve ${digest} --reason "…"\n`)
    expect(shown).toContain('vo:lab held since')
    expect(shown).toContain('  only attribute unset of 6 people, by local/joan\n')
    expect(shown).toContain('  - idp/p00 loses vo lab\n')
    expect(approved).toMatchObject({
      approved: { scope: 'vo:lab', digest },
      values: half.map((user) => ({ holder: `user:${user}`, name: 'user.badge', value: null })),
    })
    await guildhall(['attribute', 'set'], lines(badgesOf(half, 'red')))
  })

  it('by identities is held, with a table for people', async () => {
    await guildhall(['identity', 'seen', ...people, '--loa', '2'])
    await guildhall(['member', 'add', 'school', ...people])

    const { entered, hold, digest, approved } = await enter(['identity', 'seen', ...half, '--loa', '1'])

    expect(entered.stdout).toContain(`idp/p00   held  ${digest.slice(0, 12)}`)
    expect(entered.stdout).toContain(`\n  guildhall approve ${digest} --reason "…"\n`)
    expect(hold).toMatchObject({ scope: 'vo:school', change: { what: 'identity seen', people: 6 } })
    expect(approved).toMatchObject({ identities: { length: 6, 0: { identity: 'idp/p00', loa: 1 } } })
  })

  it('by sponsors who withdraw is held, for programs too', async () => {
    const guests = Array.from({ length: 6 }, (_, index) => `idp/guest${index}`)
    await guildhall(['sponsor', 'add', 'lab', ...guests, '--sponsor', 'idp/ada'])
    await guildhall(['attribute', 'set'], lines(badgesOf(guests, 'grey')))

    const args = ['sponsor', 'remove', 'lab', ...guests, '--sponsor', 'idp/ada', '--until', '2026-11-22', '--json']
    const { entered, digest, shown, approved } = await enter(args)

    expect(JSON.parse(entered.stdout)).toEqual({
      sponsorships: guests.map((user) => ({ vo: 'lab', user, sponsor: 'idp/ada', held: digest })),
    })
    expect(entered.stderr).toContain(`guildhall approve ${digest}`)
    expect(shown).toContain('  only sponsor remove of 6 people in lab, by local/joan\n')
    expect(approved).toMatchObject({ sponsorships: guests.map((user) => ({ vo: 'lab', user, sponsor: 'idp/ada' })) })
  })

  it('by an erasure is held, and says nobody’s name once it is done', async () => {
    const args = ['user', 'erase', ...half, '--reason', 'request 7', '--yes']
    const { entered, hold, digest, approved } = await enter(args)

    expect(entered.stdout).toContain(`idp/p00: held ${digest.slice(0, 12)}\n`)
    expect(hold).toMatchObject({ scope: 'instance', change: { what: 'user erase', people: 6 } })
    expect(approved).toMatchObject({ users: { length: 6, 0: { user: 'idp/p00', erased: true } } })
    const { rows } = await pool().query(`select 1 from event_detail where personal::text like '%idp/p00%'`)
    expect(rows).toEqual([])
  })
})
