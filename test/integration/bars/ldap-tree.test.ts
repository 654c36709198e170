import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { destinationType } from '../../../connectors/destinations/ldap/index.ts'
import type { Account } from '../../../connectors/generator.ts'
import { generator } from '../../../connectors/generators/ldap/index.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { anyPeople, generate, inputOf, person } from '../../connectors/generator-input.ts'
import { ldapRecordsRig } from '../../connectors/ldap-records-rig.ts'
import type { LdapRecordsRig } from '../../connectors/ldap-records-rig.ts'
import { hasSlapd, startSlapd } from '../../connectors/slapd.ts'
import type { Slapd } from '../../connectors/slapd.ts'
import { contextOf, snapshotOf } from '../../connectors/snapshots.ts'

const withSlapd = hasSlapd ? describe : describe.skip

/** Each generation of a tree of people and groups, made by the generator and kept by the destination. */
withSlapd('a tree of people and groups in a directory (needs slapd: apt-get install slapd ldap-utils)', () => {
  let slapd: Slapd
  let units = 0
  beforeAll(async () => {
    slapd = await startSlapd()
    await slapd.allow(`to * by dn.exact="${slapd.reader.dn}" write by * read`)
  })
  afterAll(() => slapd.remove())

  const rig = async (): Promise<LdapRecordsRig> => ldapRecordsRig(destinationType, slapd, `tree${(units += 1)}`)

  async function snapshotWith(generation: number, accounts: readonly Account[], options: JsonObject) {
    const half = accounts.filter((_, index) => index % 2 === 0)
    const groups = [
      { name: 'all', members: accounts, attributes: { 'group.unixGroupName': 'all', 'group.unixGid': 30_001 } },
      { name: 'half, or +1', members: half, attributes: { 'group.unixGroupName': 'half', 'group.unixGid': 30_002 } },
    ]
    const { files } = await generate(generator, inputOf({ accounts, groups, options, service: 'tree' }))
    return snapshotOf({ generation, service: 'tree', files })
  }

  it.each(['posixGroup', 'groupOfNames'])(
    'is as the generator has it, whoever is in it, with %s',
    async (groupClass) => {
      const { baseDn, destination, writes } = await rig()
      const generations = fc.sample(anyPeople, 20)

      for (const [index, accounts] of generations.entries()) {
        const snapshot = await snapshotWith(index + 1, accounts, { baseDn, groupClass, status: 'employeeType' })
        const receipt = await destination.deliver(snapshot, contextOf())
        await writes()

        const again = await destination.deliver(snapshot, contextOf())
        const seen = await destination.observe(snapshot, contextOf())

        expect([receipt.changed, again.changed, await writes()]).toEqual([true, false, 0])
        expect(seen).toMatchObject({ generation: index + 1, drifts: [] })
      }
    },
  )

  it('follows one who joins a group of 1,000 by two changes, and who leaves by as many', async () => {
    const { baseDn, destination, writes } = await rig()
    const people = Array.from({ length: 1_001 }, (_, index) =>
      person(`p${index}`, { 'user.login': `p${index}`, 'user-facility.uid': 10_000 + index }),
    )
    const options = { baseDn, groupClass: 'groupOfNames' }
    await destination.deliver(await snapshotWith(1, people.slice(0, 1_000), options), contextOf())
    const counts: number[] = []
    for (const [index, count] of [1_001, 1_000].entries()) {
      await writes()
      await destination.deliver(await snapshotWith(index + 2, people.slice(0, count), options), contextOf())
      counts.push(await writes())
    }

    // The person, the two groups, and the token twice.
    expect(counts).toEqual([5, 5])
  })
})
