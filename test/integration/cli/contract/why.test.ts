import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { WhyAnswer } from '../../../../core/model/answers.ts'
import { edited, lineOf, twoVos } from './config.ts'
import { openContractWorld, type ContractWorld } from './world.ts'

const groups = 'astro/vo.yaml'
const resources = 'astro/resources.yaml'
const facilities = 'instance/facilities.yaml'

const hpc = { kind: 'Facility', name: 'hpc', file: facilities, line: 1 }
const archive = { kind: 'Facility', name: 'archive', file: facilities, line: 12 }

function group(name: string): WhyAnswer['chain'][number] {
  return { kind: 'Group', name: `astro/${name}`, file: groups, line: lineOf(twoVos, groups, `name: ${name} }`) - 2 }
}

function resource(name: string): WhyAnswer['chain'][number] {
  const line = lineOf(twoVos, resources, `name: ${name} }`) - 2
  return { kind: 'Resource', name: `astro/${name}`, file: resources, line }
}

describe('why --json', () => {
  let world: ContractWorld
  beforeAll(async () => {
    world = await openContractWorld()
    await world.apply(twoVos)
  })
  afterAll(async () => world.close())

  async function why(identity: string, target: string): Promise<WhyAnswer> {
    const { exitCode, json } = await world.answer('why', identity, target)
    const answer = json as WhyAnswer
    expect({ exitCode, keys: Object.keys(answer).sort() }).toEqual({
      exitCode: 0,
      keys: ['access', 'chain', 'deliveries', 'missing', 'origins', 'status'],
    })
    return answer
  }

  async function missing(identity: string, target: string): Promise<readonly (readonly [string, string])[]> {
    const { access, missing: facts } = await why(identity, target)
    expect(access).toBe(false)
    return facts.map(({ code, message }) => [code, message])
  }

  describe('with access', () => {
    it('tells the row, the groups up to the assigned one, resource and facility, each with its place', async () => {
      const pending = { facility: 'hpc', service: 'people', state: 'pending' }

      expect(await why('idp/cyd', 'astro/batch')).toEqual({
        access: true,
        status: 'VALID',
        chain: [
          {
            ...{ kind: 'GroupMember', name: 'astro/telescope:operators:night', file: groups },
            line: lineOf(twoVos, groups, 'idp/cyd'),
          },
          ...['telescope:operators:night', 'telescope:operators', 'telescope'].map(group),
          resource('batch'),
          hpc,
        ],
        origins: ['config'],
        missing: [],
        deliveries: [
          { ...pending, destination: 'copy' },
          { ...pending, destination: 'files' },
        ],
      })
    })

    it('goes the shortest way where there are several, over an include too', async () => {
      const row = { kind: 'GroupMember', file: groups }

      const [ada, dan] = [await why('github/ada-l', 'astro/batch'), await why('idp/dan', 'astro/batch')]

      expect(ada.chain).toEqual([
        { ...row, name: 'astro/telescope', line: lineOf(twoVos, groups, 'idp/ada') },
        group('telescope'),
        resource('batch'),
        hpc,
      ])
      expect(dan.chain).toEqual([
        { ...row, name: 'astro/engineers', line: lineOf(twoVos, groups, 'idp/dan') },
        ...['engineers', 'telescope:operators', 'telescope'].map(group),
        resource('batch'),
        hpc,
      ])
    })

    it('begins with the row that makes a VO member where all members are assigned', async () => {
      const end = [{ kind: 'Group', name: 'astro/members', file: groups, line: 1 }, resource('lounge'), archive]

      const [gil, bob] = [await why('idp/gil', 'astro/lounge'), await why('idp/bob', 'astro/lounge')]

      expect(gil.chain).toEqual([{ kind: 'Member', name: 'astro', file: groups, line: 6 }, ...end])
      expect(bob.chain).toEqual([
        {
          kind: 'GroupMember',
          name: 'astro/telescope:operators',
          file: groups,
          line: lineOf(twoVos, groups, 'idp/bob'),
        },
        ...end,
      ])
    })

    it('lists every origin once, sorted, and goes on where a row has no line in git', async () => {
      await world.database.pool.query(
        `insert into membership (vo_id, group_id, person_id, origin, origin_name, since)
         select g.vo_id, g.id, i.person_id, o.origin, o.name, '2026-11-01Z'
         from groups g, identity i, (values ('sync', 'hr'), ('manager', ''), ('application', '')) o (origin, name)
         where g.name = 'telescope:operators' and i.ref in ('idp/bob', 'idp/gil')`,
      )

      const [bob, gil] = [await why('idp/bob', 'astro/batch'), await why('idp/gil', 'astro/batch')]

      expect(bob.origins).toEqual(['application', 'config', 'manager', 'sync:hr'])
      expect(gil).toMatchObject({ access: true, origins: ['application', 'manager', 'sync:hr'] })
      expect(gil.chain[0]).toEqual({ kind: 'GroupMember', name: 'astro/telescope:operators' })
    })

    it('agrees with the lists about a member whom no row holds any more', async () => {
      const released = edited(twoVos, 'history/vo.yaml', ['members: [idp/gil], ', ''])
      await world.apply(released, 'decade'.padEnd(40, '0'))

      const gil = await why('idp/gil', 'history/room')

      expect(gil).toMatchObject({ access: true, status: 'VALID', origins: [], missing: [] })
      expect(gil.chain[0]).toEqual({ kind: 'Member', name: 'history' })
    })

    it('says which service leaves a VALID member out', async () => {
      const files = edited(twoVos, 'instance/people.yaml', ['login: dan, ', ''])
      await world.apply(files, 'facade'.padEnd(40, '0'))

      expect(await why('idp/dan', 'astro/consoles')).toMatchObject({
        access: true,
        status: 'VALID',
        missing: [
          { code: 'attribute-missing', message: '"idp/dan" has no user.login, which service "people" requires' },
        ],
      })
    })
  })

  describe('without access', () => {
    it('names the groups that would give it, and whether the person is in the VO', async () => {
      const [first] = await missing('idp/root', 'astro/batch')

      const text = '"idp/root" is in none of the groups assigned to resource "astro/batch": "astro/telescope"'
      expect(first).toEqual(['not-in-a-group', text])
      expect(await missing('idp/root', 'astro/batch')).toEqual([
        ['not-in-a-group', text],
        ['not-a-member', '"idp/root" is not a member of VO "astro"'],
      ])
      expect(await why('idp/root', 'astro/batch')).toMatchObject({ status: null, chain: [], origins: [] })
      expect(await missing('idp/hal', 'astro/lounge')).toEqual([
        ['not-in-a-group', '"idp/hal" is in none of the groups assigned to resource "astro/lounge": "astro/members"'],
        ['not-a-member', '"idp/hal" is not a member of VO "astro"'],
      ])
    })

    it('says that no group is assigned', async () => {
      expect(await missing('idp/ada', 'astro/spare')).toEqual([
        ['no-groups', 'no group is assigned to resource "astro/spare"'],
      ])
      expect(await why('idp/ada', 'astro/spare')).toMatchObject({ status: 'VALID' })
    })

    it('tells first what the VO requires, then what the services do, under the names the facility uses', async () => {
      expect(await missing('idp/hal', 'history/room')).toEqual([
        ['attribute-missing', '"idp/hal" has no user.email, which VO "history" requires'],
        ['attribute-missing', '"idp/hal" has no user.shelf, which service "people" requires'],
      ])
      expect(await why('idp/hal', 'history/room')).toMatchObject({ status: 'INVALID', origins: ['config'] })
    })

    it('tells what keeps a new member INVALID on other resources', async () => {
      const lacks = '"idp/eve" has no user.login, which service "people"'

      expect(await missing('idp/eve', 'astro/workshop')).toEqual([
        ['attribute-missing', `${lacks} on resource "astro/batch" requires of a new member`],
        ['attribute-missing', `${lacks} on resource "astro/consoles" requires of a new member`],
      ])
      expect(await missing('idp/eve', 'astro/consoles')).toEqual([
        ['attribute-missing', `${lacks} requires`],
        ['attribute-missing', `${lacks} on resource "astro/batch" requires of a new member`],
      ])
    })

    it('says that a resource lies outside its offer', async () => {
      const ada = await why('idp/ada', 'astro/beyond')

      expect(ada).toMatchObject({ access: false, status: 'VALID', origins: ['config'] })
      expect(ada.missing).toEqual([
        { code: 'outside-offer', message: 'resource "astro/beyond" lies outside what facility "archive" offers' },
      ])
      expect(ada.chain.at(-1)).toEqual(archive)
    })

    it('tells a membership that ended in the group from one that ended in the VO', async () => {
      const { pool } = world.database
      const cyd = "person_id = (select person_id from identity where ref = 'idp/cyd')"
      await pool.query(`update membership set status = 'EXPIRED' where ${cyd}`)
      const inGroup = await why('idp/cyd', 'astro/batch')
      await pool.query(`update member set status = 'EXPIRED', expires = '2026-01-05' where ${cyd}`)
      const onItsDate = await why('idp/cyd', 'astro/batch')
      await pool.query(`update member set status = 'DISABLED' where ${cyd}`)
      const inVo = await why('idp/cyd', 'astro/batch')

      expect(inGroup).toMatchObject({
        access: false,
        status: 'EXPIRED',
        missing: [{ code: 'group-expired', message: 'the membership of "idp/cyd" in every assigned group is EXPIRED' }],
      })
      expect(onItsDate.missing).toEqual([
        {
          code: 'member-not-valid',
          message: 'the membership of "idp/cyd" in VO "astro" is EXPIRED: it ended on 2026-01-05',
        },
      ])
      expect(inVo).toMatchObject({
        access: false,
        status: 'DISABLED',
        missing: [{ code: 'member-not-valid', message: 'the membership of "idp/cyd" in VO "astro" is DISABLED' }],
      })
    })

    it('is an error for an identity nobody has and for a resource not in force', async () => {
      expect(await why('idp/nobody', 'astro/batch').catch(String)).toContain('IDENTITY_UNKNOWN')
      expect(await why('idp/ada', 'astro/nothing').catch(String)).toContain('OBJECT_UNKNOWN')
    })
  })
})
