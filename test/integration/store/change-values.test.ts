import { describe, expect, it } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import {
  explain,
  inTransaction,
  listValues,
  loadState,
  readValues,
  storeSnapshot,
  verifyAudit,
} from '../../../store/index.ts'
import { valuesWorld } from './values-world.ts'
import { add, apply, document, tuesday } from './world.ts'

const { database, set } = valuesWorld()

async function statusIn(vo: string, user: string): Promise<string | undefined> {
  const state = await loadState(database().pool, { lossesSince: new Date(0) })
  const person = state.people.find(({ identities }) => identities.includes(user))
  return state.members.find((member) => member.vo === vo && member.user === person?.id)?.status
}

describe('setting values', () => {
  it('of everything that a VO requires makes the member VALID at once, and taking one away INVALID again', async () => {
    const statuses = [await statusIn('bio', 'idp/grace')]
    await set('user:idp/grace', 'user.email', { value: 'grace@example.org' })
    statuses.push(await statusIn('bio', 'idp/grace'))
    await set('member:bio/idp/grace', 'member.badge', { value: '0042' })
    statuses.push(await statusIn('bio', 'idp/grace'))
    await set('user:idp/grace', 'user.email')
    statuses.push(await statusIn('bio', 'idp/grace'))

    expect(statuses).toEqual(['INVALID', 'INVALID', 'VALID', 'INVALID'])
    const { rows } = await database().pool.query(
      'select status, reason from member join vo on vo.id = vo_id and name = $1 where reason is not null',
      ['bio'],
    )
    expect(rows).toEqual([{ status: 'INVALID', reason: 'user.email changed by local/test' }])
    expect(await verifyAudit(database().pool)).toMatchObject({ valid: true })
  })

  it.each([
    ['user:idp/ada', 'user.login', 'declared: all.yaml:1 gives the value; change it there'],
    ['vo:astro', 'vo.motto', 'attribute-unknown: there is no attribute "vo.motto"; an Attribute document declares it'],
    ['member:bio/idp/ada', 'member.badge', 'not-a-member: the person is not a member of VO "bio"; add them first'],
    [
      'member:chem/idp/ada',
      'member.badge',
      'holder-unknown: VO "chem" is not in force; expected one of "astro", "bio"',
    ],
    ['user-facility:hpc/idp/ada', 'user-facility.uid', 'made-once: it was made by itself and never changes'],
    ['user-facility:hpc/idp/ada', 'user-facility.quota', 'value-invalid: expected a whole number, got "x"'],
    ['user:idp/grace', 'user.email', 'value-invalid: expected an e-mail address such as "ada@example.org", got "x"'],
  ])('of %s %s is refused with a reason', async (holder, name, expected) => {
    expect(await set(holder, name, { value: 'x' })).toBe(expected)
  })

  it('reads text by the type of the attribute', async () => {
    const said = [
      await set('user-facility:hpc/idp/ada', 'user-facility.quota', { text: '12' }),
      await set('user:idp/ada', 'user.tags', { text: '["a", "b"]' }),
      await set('user:idp/ada', 'user.displayName', { text: '12' }),
      await set('user:idp/ada', 'user.tags', { text: 'a' }),
    ]

    expect(said).toEqual(['12', '["a","b"]', '"12"', 'value-invalid: expected a list of texts or numbers, got "a"'])
  })

  it.each([
    ['user:idp/ada', 'user.displayName', 'idp/ada', true],
    ['user:idp/ada', 'user.displayName', 'idp/grace', false],
    ['user:idp/grace', 'user.displayName', 'idp/root', true],
    ['member:astro/idp/grace', 'member.badge', 'idp/ada', true],
    ['member:bio/idp/grace', 'member.badge', 'idp/ada', false],
    ['member-group:astro/telescope/idp/ada', 'member-group.shift', 'idp/ada', false],
    ['user:idp/grace', 'user.tags', 'idp/ada', true],
    ['user:idp/grace', 'user.secret', 'idp/grace', false],
  ])('of %s %s as %s goes by `write`', async (...[holder, name, actor, may]) => {
    const value: JsonValue = name === 'user.tags' ? ['x'] : 'x'

    const said = await set(holder, name, { value, actor })

    expect(said).toEqual(may ? JSON.stringify(value) : expect.stringMatching(/^not-allowed: .+ may write it(, too)?$/))
  })

  it('tells exactly the services that show them', async () => {
    const { pool } = database()
    const services = async (): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>('delete from outbox returning 1 as count')
      return rows.length
    }
    await inTransaction(
      pool,
      (tx) => storeSnapshot(tx, { facility: 'hpc', service: 'passwd', at: tuesday, chunks: [], needs: ['user.email'] }),
      { isolation: 'repeatable read' },
    )
    await set('user:idp/ada', 'user.tags', { value: ['a'] })
    const unseen = await services()
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org' })
    const seen = await services()
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org' })

    expect([unseen, seen, await services()]).toEqual([0, 1, 0])
  })

  it('is told by why, with who did it', async () => {
    await apply(database().pool, [
      add(document('Resource', 'store', { facility: 'hpc', services: [], groups: ['members'] }, 'bio')),
    ])
    await set('user:idp/grace', 'user.email', { value: 'g@example.org' })
    await set('member:bio/idp/grace', 'member.badge', { value: '1' })

    const answer = await explain(database().pool, {
      identity: 'idp/grace',
      vo: 'bio',
      resource: 'store',
      askedAt: tuesday,
    })

    expect(answer).toMatchObject({ access: true, reason: 'member.badge changed by local/test' })
  })
})

describe('reading values', () => {
  const read = async (holder: string, name?: string, actor?: string): Promise<unknown> => {
    const parsed = parseHolder(holder)
    if (parsed === undefined) throw new Error(`${holder} is no holder`)
    const who = actor === undefined ? {} : { actor }
    const answers =
      name === undefined
        ? await listValues(database().pool, { holder: parsed, ...who })
        : await readValues(database().pool, { requests: [{ holder: parsed, name }], ...who })
    return answers.map((answer) =>
      'refused' in answer ? answer.refused.reason : [answer.name, answer.value, answer.origin, answer.at],
    )
  }

  it('says the value, who gave it and where', async () => {
    await set('user:idp/ada', 'user.email', { value: 'ada@example.org', actor: 'idp/ada' })

    expect(await read('user:github/ada')).toEqual([
      ['user.email', 'ada@example.org', 'self', null],
      ['user.login', 'ada', 'config', 'all.yaml:1'],
    ])
    expect(await read('user-facility:hpc/idp/ada', 'user-facility.uid')).toEqual([
      ['user-facility.uid', 10000, 'generated', null],
    ])
  })

  it('goes by `read`', async () => {
    await set('user:idp/grace', 'user.email', { value: 'g@example.org' })

    expect(await read('user:idp/grace', 'user.email', 'idp/grace')).toEqual([
      ['user.email', 'g@example.org', 'manager', null],
    ])
    expect(await read('user:idp/grace', 'user.secret', 'idp/grace')).toEqual(['not-allowed'])
    expect(await read('user:idp/ada', 'user.email', 'idp/grace')).toEqual(['not-allowed'])
    expect(await read('user:idp/nobody', 'user.email')).toEqual(['holder-unknown'])
    await expect(read('user:idp/nobody')).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
  })
})
