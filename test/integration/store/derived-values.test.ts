import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { generator as json } from '../../../connectors/generators/json/index.ts'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import {
  actOnMembers,
  changeIdentities,
  changeValues,
  inTransaction,
  readSnapshotInput,
  storeSnapshot,
  verifyAudit,
} from '../../../store/index.ts'
import { generate } from '../../connectors/generator-input.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, remove, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const attribute = (name: string, spec: object) => document('Attribute', name, spec)
const text = { type: 'string' }
const cause = { actor: 'local/test' }

/** `user.tag` follows from `user.tier`, that from `user.affiliation`, and `member.card` from both holders. */
const definitions = () => [
  add(attribute('user.affiliation', text)),
  add(attribute('user.hours', { type: 'integer', default: 10 })),
  add(attribute('user.tag', { ...text, derive: "user.tier + '/' + user.login" })),
  add(attribute('user.tier', { ...text, derive: "user.affiliation == 'staff' ? 'gold' : 'tin'" })),
  add(attribute('user.minutes', { type: 'integer', derive: 'user.hours * 60' })),
  add(attribute('member.role', text)),
  add(attribute('member.card', { ...text, derive: "user.tier + '-' + member.role" })),
]

async function held(name: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select concat_ws(' ', p.identities[1], vo.name, v.value #>> '{}', v.origin) as said
     from attribute_value v join person p on p.id = v.subject left join vo on vo.id = v.object
     where v.attribute = $1 order by 1`,
    [name],
  )
  return rows.map(({ said }) => said)
}

async function set(holder: string, name: string, value?: JsonValue): Promise<string | undefined> {
  const reference = parseHolder(holder)
  if (reference === undefined) throw new Error(`${holder} is no holder`)
  const requests = [{ holder: reference, name, ...(value === undefined ? {} : { value }) }]
  const input = { requests, reason: 'test', cause, now: tuesday, compileSchema: anyValueFits }
  const [answer] = await inTransaction(database.pool, (tx) => changeValues(tx, input))
  return answer !== undefined && 'refused' in answer ? answer.refused.message : undefined
}

async function told(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>(
    'with seen as (delete from outbox returning *) select f.name from seen join facility f on f.id = seen.facility_id',
  )
  return rows.map(({ name }) => name)
}

async function actIn(act: 'add' | 'remove', user: string): Promise<void> {
  const input = { act, vo: 'astro', requests: [{ user }], reason: 'test', cause, now: tuesday }
  await inTransaction(database.pool, (tx) => actOnMembers(tx, input))
}

describe('derived values', () => {
  it('follow, through each other, what a commit and what somebody by hand gives', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    expect(await held('user.tag')).toEqual([])

    const ada = document('User', 'ada', {
      identities: ['idp/ada', 'github/ada'],
      attributes: { login: 'ada', affiliation: 'staff' },
    })
    await apply(pool, [change(await stored(pool, 'User', 'ada'), ada)])
    expect(await held('user.tag')).toEqual(['idp/ada gold/ada derived'])

    await set('user:idp/grace', 'user.affiliation', 'guest')
    await set('member:astro/idp/grace', 'member.role', 'pi')
    expect(await held('user.tag')).toEqual(['idp/ada gold/ada derived', 'idp/grace tin/grace derived'])
    expect(await held('member.card')).toEqual(['idp/grace astro tin-pi derived'])

    await set('user:idp/grace', 'user.affiliation', 'staff')
    expect(await held('member.card')).toEqual(['idp/grace astro gold-pi derived'])
    expect(await verifyAudit(pool)).toMatchObject({ valid: true })
  })

  it('go when what they are derived from goes, and when nothing derives them any more', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    await set('user:idp/grace', 'user.affiliation', 'staff')
    await set('member:astro/idp/grace', 'member.role', 'pi')

    await set('user:idp/grace', 'user.affiliation')
    expect([await held('user.tier'), await held('user.tag'), await held('member.card')]).toEqual([[], [], []])

    await set('user:idp/grace', 'user.affiliation', 'staff')
    await apply(pool, [remove(await stored(pool, 'Attribute', 'member.card'))])
    await apply(pool, [change(await stored(pool, 'Attribute', 'user.tag'), attribute('user.tag', text))])
    expect([await held('user.tier'), await held('user.tag'), await held('member.card')]).toEqual([
      ...[['idp/grace gold derived'], [], []],
    ])
  })

  it('are computed from defaults, anew where an expression or a default changes, for newcomers too', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    const hours = attribute('user.hours', { type: 'integer', default: 20 })
    await apply(pool, [change(await stored(pool, 'Attribute', 'user.hours'), hours)])
    await actIn('add', 'idp/linus')

    expect(await held('user.minutes')).toEqual([
      ...['idp/ada 1200 derived', 'idp/grace 1200 derived', 'idp/linus 1200 derived', 'idp/root 1200 derived'],
    ])
    const minutes = attribute('user.minutes', { type: 'integer', derive: 'user.hours * 6' })
    await apply(pool, [change(await stored(pool, 'Attribute', 'user.minutes'), minutes)])
    expect(await held('user.minutes')).toEqual([
      ...['idp/ada 120 derived', 'idp/grace 120 derived', 'idp/linus 120 derived', 'idp/root 120 derived'],
    ])
  })

  it('are set by nobody, and take the place of what somebody set before', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), add(attribute('user.tag', text))])
    await set('user:idp/grace', 'user.tag', 'mine')
    await set('user:idp/linus', 'user.tag', 'mine')
    const tag = attribute('user.tag', { ...text, derive: 'user.login' })
    await apply(pool, [change(await stored(pool, 'Attribute', 'user.tag'), tag)])

    expect(await held('user.tag')).toEqual(['idp/ada ada derived', 'idp/grace grace derived'])
    expect(await set('user:idp/grace', 'user.tag', 'other')).toBe('it follows from other values; change those')
    expect(await set('user:idp/root', 'user.tag', 'other')).toBe('it follows from other values; change those')
  })

  it('follow from values that make themselves, and texts are made from them', async () => {
    const { pool } = database
    const login = { ...text, unique: true, generate: { login: { from: ['identity'] } } }
    await apply(pool, [
      ...smallWorld(),
      add(attribute('user.short', login)),
      add(attribute('user.loud', { ...text, derive: 'user.short.upperAscii()' })),
      add(attribute('user.box', { ...text, generate: { template: '${user.loud}@example.org' } })),
    ])

    expect(await held('user.box')).toEqual([
      'idp/ada ADA@example.org generated',
      'idp/grace GRACE@example.org generated',
    ])
  })

  it('are told to the services that show them', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    await inTransaction(
      pool,
      (tx) => storeSnapshot(tx, { facility: 'hpc', service: 'passwd', at: tuesday, chunks: [], needs: ['user.tier'] }),
      { isolation: 'repeatable read' },
    )
    await pool.query('delete from outbox')

    await set('user:idp/ada', 'user.affiliation', 'staff')

    expect(await told()).toEqual(['hpc'])
    await set('user:idp/ada', 'user.affiliation', 'staff')
    await set('user:idp/ada', 'user.hours', 3)
    expect(await told()).toEqual([])
  })

  it('are given to services that require them, for which nobody waits', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    const resource = { facility: 'hpc', services: ['export'], groups: ['telescope'] }
    await apply(pool, [
      add(document('Service', 'export', { generator: 'json', requires: ['user.login', 'user.tier'] })),
      change(await stored(pool, 'Facility', 'hpc'), document('Facility', 'hpc', { services: { export: {} } })),
      change(await stored(pool, 'Resource', 'cluster'), document('Resource', 'cluster', resource, 'astro')),
    ])
    await set('user:idp/ada', 'user.affiliation', 'staff')

    const made = await inTransaction(
      pool,
      async (tx) => {
        const input = await readSnapshotInput(tx, { facility: 'hpc', service: 'export' }, json)
        const { files } = await generate(json, input)
        const leftOut = []
        for await (const { user, reason } of input.leftOut()) leftOut.push(`${user} ${reason}`)
        return { text: files['export.json'] ?? '', leftOut }
      },
      { isolation: 'repeatable read' },
    )
    const { rows } = await pool.query('select distinct status::text from member')

    expect(rows).toEqual([{ status: 'VALID' }])
    expect(made.leftOut).toEqual(['idp/grace has no user.tier'])
    expect(made.text).toContain('"user.tier": "gold"')
  })

  it('are what computing everything anew gives, after any changes', async () => {
    const { pool } = database
    await apply(pool, [...smallWorld(), ...definitions()])
    const people = ['idp/ada', 'idp/grace', 'idp/linus', 'idp/new', 'idp/root']
    const step = fc.record({
      kind: fc.constantFrom('affiliation', 'hours', 'role', 'add', 'remove', 'seen', 'git'),
      user: fc.constantFrom(...people),
      value: fc.constantFrom('staff', 'guest', undefined),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const one of steps) await doOne(one)
        expect(await everything()).toEqual(await anew())
      }),
      { numRuns: 25 },
    )
  })
})

interface Step {
  readonly kind: 'add' | 'affiliation' | 'git' | 'hours' | 'remove' | 'role' | 'seen'
  readonly user: string
  readonly value: string | undefined
}

async function doOne({ kind, user, value }: Step): Promise<void> {
  const { pool } = database
  switch (kind) {
    case 'affiliation':
      await set(`user:${user}`, 'user.affiliation', value)
      return
    case 'hours':
      await set(`user:${user}`, 'user.hours', value?.length)
      return
    case 'role':
      await set(`member:astro/${user}`, 'member.role', value)
      return
    case 'add':
    case 'remove':
      return actIn(kind, user)
    case 'git': {
      const attributes = { login: 'ada', ...(value === undefined ? {} : { affiliation: value }) }
      const ada = document('User', 'ada', { identities: ['idp/ada', 'github/ada'], attributes })
      return apply(pool, [change(await stored(pool, 'User', 'ada'), ada)])
    }
    case 'seen': {
      const input = { act: kind, requests: [{ identity: user }], reason: '', cause, now: tuesday }
      await inTransaction(pool, (tx) => changeIdentities(tx, input))
    }
  }
}

const derivedNames = ['user.tier', 'user.tag', 'user.minutes', 'member.card']

async function everything(): Promise<string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select concat_ws(' ', attribute, subject, object, value #>> '{}', origin) as key from attribute_value
     where attribute = any($1) order by 1`,
    [derivedNames],
  )
  return rows.map(({ key }) => key).sort()
}

/** Written out by hand, without expressions. */
async function anew(): Promise<string[]> {
  const { rows: people } = await database.pool.query<{ id: number }>("select id from person where identities <> '{}'")
  const { rows: members } = await database.pool.query<{ vo: number; id: number }>(
    'select vo_id as vo, person_id as id from member',
  )
  const { rows } = await database.pool.query<{ key: string; value: string }>(
    `select concat_ws(' ', attribute, subject, object) as key, value #>> '{}' as value from attribute_value`,
  )
  const values = new Map(rows.map(({ key, value }) => [key, value]))
  const tierOf = (id: number): string | undefined => {
    const affiliation = values.get(`user.affiliation ${id} 0`)
    return affiliation === undefined ? undefined : affiliation === 'staff' ? 'gold' : 'tin'
  }
  const ofUsers = people.flatMap(({ id }) => {
    const [tier, login] = [tierOf(id), values.get(`user.login ${id} 0`)]
    const minutes = Number(values.get(`user.hours ${id} 0`) ?? 10) * 60
    return [
      `user.minutes ${id} 0 ${minutes} derived`,
      ...(tier === undefined ? [] : [`user.tier ${id} 0 ${tier} derived`]),
      ...(tier === undefined || login === undefined ? [] : [`user.tag ${id} 0 ${tier}/${login} derived`]),
    ]
  })
  const ofMembers = members.flatMap(({ id, vo }) => {
    const [tier, role] = [tierOf(id), values.get(`member.role ${id} ${vo}`)]
    return tier === undefined || role === undefined ? [] : [`member.card ${id} ${vo} ${tier}-${role} derived`]
  })
  return [...ofUsers, ...ofMembers].sort()
}
