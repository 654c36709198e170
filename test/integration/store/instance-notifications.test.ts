import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { runAndTell } from './tell.ts'
import { add, apply, change, document, remove, stateOf, stored } from './world.ts'

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)
const event = 'member.expiring'

describe('Notifications without a VO', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example', { language: 'cs' })),
      add(document('Source', 'idp', { type: 'declared' })),
      add(document('Attribute', 'user.preferredLanguage', { type: 'string' })),
      ...['ada', 'bob'].map((login) => {
        const attributes = { email: `${login}@example.org`, ...(login === 'bob' && { preferredLanguage: 'de' }) }
        return add(document('User', login, { identities: [`idp/${login}`], attributes }))
      }),
      ...['astro', 'bio', 'chem'].map((vo) => add(document('VO', vo, { notices: { before: ['P7D'] } }))),
      add(document('Notification', 'ending', { event, ...texts('instance', ['en', 'cs', 'de']) })),
      add(document('Notification', 'ending', { event, ...texts('bio', ['en']) }, 'bio')),
      add(document('Notification', 'ending', { event, text: texts('chem', ['en']).text }, 'chem')),
    ])
  })
  afterAll(async () => database.drop())

  function texts(whose: string, languages: readonly string[]) {
    const of = (part: string) => Object.fromEntries(languages.map((one) => [one, `${part} of ${whose} in ${one}`]))
    return { subject: of('subject'), text: of('text') }
  }

  /** What ada and bob are told of the end of their memberships on a day. */
  async function told(vo: string, expires: string): Promise<readonly unknown[]> {
    const input = { vo, act: 'add', reason: '', cause: { actor: 'local/test' }, now: noon('2026-01-10') } as const
    const requests = ['idp/ada', 'idp/bob'].map((user) => ({ user, expires }))
    await store.inTransaction(database.pool, (tx) => store.actOnMembers(tx, { ...input, requests }))
    await runAndTell(database.pool, { vo, now: noon('2026-05-25') })
    const { rows } = await database.pool.query<{ subject: string; body: string }>(
      'select subject, body from mail join vo on vo.id = mail.vo_id where vo.name = $1 order by mail.id',
      [vo],
    )
    return rows.map(({ subject, body }) => [subject, body])
  }

  it('say what is sent where the VO says nothing, in the language of the reader, else of the instance', async () => {
    expect(await told('astro', '2026-06-01')).toEqual([
      ['subject of instance in cs', 'text of instance in cs'],
      ['subject of instance in de', 'text of instance in de'],
    ])
  })

  it('give way to those of the VO, part by part and whatever the language', async () => {
    const own = ['subject of bio in en', 'text of bio in en']

    expect(await told('bio', '2026-06-01')).toEqual([own, own])
    expect(await told('chem', '2026-06-01')).toEqual([
      ['subject of instance in cs', 'text of chem in en'],
      ['subject of instance in de', 'text of chem in en'],
    ])
  })

  it('are changed, moved about in their file and removed, and those of VOs with the same name stay', async () => {
    const ofInstance = async () => {
      const { objects } = await stateOf(database.pool)
      return objects.filter(({ kind, vo }) => kind === 'Notification' && vo === undefined)
    }
    const [have] = await ofInstance()
    if (have === undefined) throw new Error('it is not in force')
    const want = document('Notification', 'ending', { event, subject: { en: 'other' } })
    await apply(database.pool, [change(have, want)])
    const changed = await ofInstance()
    await store.inTransaction(database.pool, (tx) =>
      store.updatePositions(tx, [{ ...want, at: { file: 'other.yaml', line: 7, column: 3 } }]),
    )
    const moved = await ofInstance()
    for (const one of moved) await apply(database.pool, [remove(one)])

    expect(changed).toMatchObject([{ id: have.id, spec: { subject: { en: 'other' } } }])
    expect(moved).toMatchObject([{ at: { file: 'other.yaml', line: 7 } }])
    expect(await ofInstance()).toEqual([])
    expect(await stored(database.pool, 'Notification', 'ending')).toMatchObject({
      ...{ vo: 'bio', at: { file: 'all.yaml' } },
    })
  })
})
