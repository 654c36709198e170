import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { explain, inTransaction, runClock, storeSnapshot } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { attribute, pairDefinitions, pairsIn, pairsWorld, text } from './pairs-world.ts'
import { add, apply, change, document, remove, row, stored, tuesday } from './world.ts'

let database: TestDatabase

const { commit, identity, set } = pairsIn(() => database.pool)

beforeEach(async () => {
  database = await createTestDatabase()
  await pairsWorld(database.pool)
})

afterEach(async () => database.drop())

async function held(...names: string[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select concat_ws(' ', v.attribute, case when v.attribute like 'identity.%' then i.ref else p.identities[1] end,
       case split_part(v.attribute, '.', 1) when 'user-facility' then f.name when 'member-resource' then r.name
         when 'member-group' then g.name end, v.value #>> '{}', v.origin) as said
     from attribute_value v
     left join identity i on i.id = v.subject left join person p on p.id = v.subject left join facility f on f.id = v.object
     left join resource r on r.id = v.object left join groups g on g.id = v.object
     where v.attribute = any($1) order by 1`,
    [names],
  )
  return rows.map(({ said }) => said)
}

async function run(now: Date): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now, atMost: 100 }))
    if (!step.more) return
  }
}

async function told(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    'with seen as (delete from outbox returning *) select f.name from seen join facility f on f.id = seen.facility_id',
  )
  return rows.map(({ name }) => name)
}

describe('derived values of identities and pairs', () => {
  it('follow from the identity and its person, and go with it', async () => {
    await apply(database.pool, pairDefinitions())
    await identity('seen', 'github/ada', { attributes: { note: 'code' } })
    await set('identity:idp/ada', 'identity.note', 'work')
    await identity('add', 'idp/ada2', { user: 'idp/ada', attributes: { note: 'second' } })
    expect(await held('identity.label')).toEqual([
      ...['identity.label github/ada code@ada derived', 'identity.label idp/ada work@ada derived'],
      'identity.label idp/ada2 second@ada derived',
    ])

    await identity('remove', 'idp/ada2')
    await commit('User', 'ada', { attributes: { login: 'lovelace' } })
    expect(await held('identity.label')).toEqual([
      ...['identity.label github/ada code@lovelace derived', 'identity.label idp/ada work@lovelace derived'],
    ])
  })

  it('follow from both ends, from numbers made at the same time, and from each other', async () => {
    await apply(database.pool, pairDefinitions())

    expect(await held('user-facility.dir', 'user-facility.even', 'member-resource.path')).toEqual([
      ...[
        'member-resource.path idp/ada archive A/home/ada/1 derived',
        'member-resource.path idp/ada cluster A/home/ada/1 derived',
      ],
      ...['member-resource.path idp/grace archive A/home/grace/1 derived'],
      ...['member-resource.path idp/grace cluster A/home/grace/1 derived'],
      ...['user-facility.dir idp/ada hpc /home/ada derived', 'user-facility.dir idp/grace hpc /home/grace derived'],
      ...['user-facility.even idp/ada hpc 20000 derived', 'user-facility.even idp/grace hpc 20002 derived'],
    ])

    await commit('Facility', 'hpc', { attributes: { home: '/h' } })
    await set('member-resource:astro/cluster/idp/ada', 'member-resource.extra', 4)
    expect(await held('member-resource.path')).toEqual([
      ...[
        'member-resource.path idp/ada archive A/h/ada/1 derived',
        'member-resource.path idp/ada cluster A/h/ada/5 derived',
      ],
      ...['member-resource.path idp/grace archive A/h/grace/1 derived'],
      ...['member-resource.path idp/grace cluster A/h/grace/1 derived'],
    ])
  })

  it('come and go with rows, assignments and groups that are over', async () => {
    await apply(database.pool, pairDefinitions())
    await set('member:astro/idp/ada', 'member.role', 'pi')
    const card = 'member-group.card idp/ada telescope tApi-day derived'
    expect(await held('member-group.card')).toEqual([card])

    await apply(database.pool, [row('remove', 'astro/telescope', 'idp/ada')])
    expect(await held('member-group.card')).toEqual([])
    await apply(database.pool, [row('add', 'astro/telescope', 'idp/ada')])
    await set('member:astro/idp/ada', 'member.role', 'pi')
    await commit('Resource', 'cluster', { groups: [] })
    expect(await held('member-resource.path')).toEqual([
      ...['member-resource.path idp/ada archive A/home/ada/1 derived'],
      'member-resource.path idp/grace archive A/home/grace/1 derived',
    ])
    expect(await held('member-group.card')).toEqual([card])

    await commit('Group', 'telescope', { expires: '2026-02-01' })
    await run(new Date('2026-02-01T12:00:00Z'))
    expect(await held('member-group.card')).toEqual([])
    await commit('Group', 'telescope', { expires: '2027-02-01' })
    expect(await held('member-group.card')).toEqual([card])
  })

  it('go to the first where they are unique, and to the next in line when the first leaves', async () => {
    const { pool } = database
    const unique = (per: true | 'facility' | 'vo') => ({ ...text, unique: per, derive: "'x'" })
    await apply(pool, [
      add(attribute('member-resource.one', unique(true))),
      add(attribute('member-group.seat', unique('vo'))),
      add(attribute('user-facility.seat', unique('facility'))),
      add(attribute('identity.note', text)),
      add(attribute('identity.seat', { ...unique(true), derive: 'identity.note' })),
      row('add', 'bio/lab', 'idp/ada'),
    ])
    await commit('Resource', 'archive', { groups: [] })
    await identity('add', 'idp/second', { user: 'idp/ada', attributes: { note: 'n' } })
    await identity('seen', 'idp/grace', { attributes: { note: 'n' } })
    const seats = ['identity.seat', 'member-group.seat', 'member-resource.one', 'user-facility.seat']
    expect(await held(...seats)).toEqual([
      ...['identity.seat idp/second n derived', 'member-group.seat idp/ada lab x derived'],
      ...['member-group.seat idp/ada telescope x derived', 'member-resource.one idp/ada cluster x derived'],
      'user-facility.seat idp/ada hpc x derived',
    ])

    await apply(pool, [row('remove', 'astro/telescope', 'idp/ada')])
    await identity('remove', 'idp/second')
    expect(await held(...seats)).toEqual([
      ...['identity.seat idp/grace n derived', 'member-group.seat idp/ada lab x derived'],
      ...['member-group.seat idp/ada members x derived', 'member-resource.one idp/grace cluster x derived'],
      'user-facility.seat idp/grace hpc x derived',
    ])
  })

  it('are unique where a resource moves to', async () => {
    const { pool } = database
    await apply(pool, [
      add(attribute('member-resource.seat', { ...text, unique: 'facility', derive: "'x'" })),
      add(document('Facility', 'far', { services: { passwd: {} } })),
    ])
    expect(await held('member-resource.seat')).toEqual(['member-resource.seat idp/ada cluster x derived'])

    await commit('Resource', 'cluster', { facility: 'far' })

    expect(await held('member-resource.seat')).toEqual([
      'member-resource.seat idp/ada archive x derived',
      'member-resource.seat idp/ada cluster x derived',
    ])
    const { rows } = await pool.query(
      `select f.name from attribute_unique u join facility f on f.id = u.within
       where u.attribute = 'member-resource.seat' order by 1`,
    )
    expect(rows).toEqual([{ name: 'far' }, { name: 'hpc' }])
  })

  it('are told to the services that show them, and nobody waits for them; `why` says what is missing', async () => {
    const { pool } = database
    await apply(pool, pairDefinitions())
    await apply(pool, [
      add(document('Service', 'export', { generator: 'json', requires: ['member-group.card', 'user-facility.dir'] })),
    ])
    await commit('Facility', 'hpc', { services: { export: {} } })
    await commit('Resource', 'cluster', { services: ['export'] })
    await inTransaction(
      pool,
      (tx) =>
        storeSnapshot(tx, {
          facility: 'hpc',
          service: 'export',
          at: tuesday,
          chunks: [],
          needs: ['member-group.card'],
        }),
      { isolation: 'repeatable read' },
    )
    await told()
    const question = { identity: 'idp/ada', vo: 'astro', resource: 'cluster', askedAt: tuesday }
    const before = await explain(pool, question)
    await set('member:astro/idp/ada', 'member.role', 'pi')

    expect(await told()).toEqual(['hpc'])
    const { access, missing } = await explain(pool, question)
    expect([before.access, access, missing]).toEqual([true, true, []])
    expect(before.missing).toEqual([
      {
        code: 'attribute-missing',
        message: `"idp/ada" has no member-group.card, which service "export" requires: it is derived by "group.code + vo.code + member.role + '-' + member_group.shift" (all.yaml:1), and group.code is "t", member-group.shift is "day", member.role is missing, vo.code is "A"`,
      },
    ])
    const { rows } = await pool.query('select distinct status::text from member')
    expect(rows).toEqual([{ status: 'VALID' }])
  })

  it('are told where they are now, when they pass to somebody elsewhere as a group comes to its end', async () => {
    const { pool } = database
    await apply(pool, [
      add(attribute('member-resource.seat', { ...text, unique: true, derive: "'x'" })),
      add(document('Facility', 'far', { services: { passwd: {} } })),
    ])
    await commit('Resource', 'archive', { groups: [] })
    await apply(pool, [
      add(document('Resource', 'desk', { facility: 'far', services: ['passwd'], groups: ['lab'] }, 'bio')),
    ])
    await commit('Group', 'telescope', { expires: '2026-02-01' })
    expect(await held('member-resource.seat')).toEqual(['member-resource.seat idp/ada cluster x derived'])
    await told()

    await run(new Date('2026-02-01T12:00:00Z'))

    expect(await held('member-resource.seat')).toEqual(['member-resource.seat idp/linus desk x derived'])
    expect(new Set(await told())).toEqual(new Set(['far', 'hpc']))
  })

  it('are set by nobody, and go when nothing derives them any more', async () => {
    const { pool } = database
    await apply(pool, pairDefinitions())
    expect(await set('user-facility:hpc/idp/ada', 'user-facility.dir', 'mine')).toBe(
      'it follows from other values; change those',
    )

    await apply(pool, [remove(await stored(pool, 'Attribute', 'member-resource.path'))])
    await apply(pool, [
      change(await stored(pool, 'Attribute', 'user-facility.dir'), attribute('user-facility.dir', text)),
    ])
    expect(await held('user-facility.dir', 'member-resource.path')).toEqual([])
  })
})
