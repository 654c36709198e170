import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { writeMails } from '../../../activities/drafts.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { NotificationEvent } from '../../../core/notifications/events.ts'
import { tagsOf, type Tags } from '../../../core/notifications/tag-reference.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, join, noon, reasonOf } from './applications-world.ts'
import { add, apply, change, document, remove, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, filed } = applicationsIn(() => database)

const reachable = { for: 'initial', items: [...join.items, { name: 'email', type: 'text', fills: 'user.email' }] }
const nova = { name: 'Nova', email: 'nova@example.org' }

/** Gives people who are known an address. */
async function withAddress(...users: readonly string[]): Promise<void> {
  for (const user of users) {
    await database.pool.query(
      `insert into attribute_value (attribute, subject, object, value, origin)
       select 'user.email', person_id, 0, to_jsonb(split_part(ref, '/', 2) || '@example.org'), 'config' from identity where ref = $1
       on conflict do nothing`,
      [user],
    )
  }
}

/** Makes people known, with an address. */
async function known(...users: readonly string[]): Promise<void> {
  const documents = users.map((user) => document('User', user.replace('idp/', ''), { identities: [user] }))
  await apply(database.pool, documents.map(add))
  await withAddress(...users)
}

async function look(id: number, day: string): Promise<void> {
  await store.inTransaction(database.pool, (tx) => store.lookAtApplication(tx, { id, now: noon(day), compileSchema }))
}

async function makeMails(day: string): Promise<Date | undefined> {
  const broken = ({ error }: { readonly error: unknown }): never => {
    throw error
  }
  return writeMails(
    { pool: database.pool, store, render: renderTemplate, onBroken: broken },
    { now: noon(day), signal: new AbortController().signal },
  )
}

interface Mail {
  readonly key: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
}

async function mails(): Promise<readonly Mail[]> {
  const { rows } = await database.pool.query<Mail>('select key, recipient, subject, body from mail order by key')
  return rows
}

const keys = async (): Promise<readonly string[]> => (await mails()).map(({ key, recipient }) => `${key} ${recipient}`)

describe('whoever applies', () => {
  it('is told once that it is approved, at the address that the answers gave them', async () => {
    await astro(reachable, { expiration: { extendBy: 'P1Y' } })
    const application = await filed('idp/new', nova)
    await makeMails('2026-02-01')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')

    await makeMails('2026-02-02')
    await makeMails('2026-02-02')

    expect(await mails()).toEqual([
      {
        key: `application/${application}/approved/1`,
        recipient: 'nova@example.org',
        subject: 'Your application for astro is approved',
        body: `Dear Nova,\n\nyour application ${application} for astro is approved. The last day of your membership is 2027-02-01.\nTo see it: guildhall application show ${application}\n`,
      },
    ])
    const { rows } = await database.pool.query('select event, untold, tags from mail_draft')
    expect(rows).toEqual([{ event: 'application.filed', untold: 'no-address', tags: {} }])
    expect(await store.listMails(database.pool, { state: 'no-address', atMost: 10 })).toMatchObject([
      { recipient: null, subject: 'application.filed', state: 'no-address' },
    ])
  })

  it('is told of each thing that happens to an application, in the language they applied in', async () => {
    await astro(reachable)
    await known('idp/linus')
    const application = await filed('idp/linus', { name: 'Linus' })
    const reason = 'Your full name, please'
    expect(reasonOf(await act('request-changes', application, 'idp/ada', { reason }))).toBe('done')
    expect(reasonOf(await act('resubmit', application, 'idp/linus', { answers: { name: 'L. T.' } }))).toBe('done')
    expect(reasonOf(await act('request-changes', application, 'idp/ada'))).toBe('done')
    expect(reasonOf(await act('withdraw', application, 'idp/linus'))).toBe('done')
    const again = await filed('idp/linus', { name: 'Linus' }, { language: 'de' })
    const inGroup = await filed('idp/linus', {}, { group: 'telescope', language: 'cs' })
    expect(reasonOf(await act('reject', again, 'idp/ada', { reason: 'No room' }))).toBe('done')

    await makeMails('2026-02-02')

    expect((await mails()).map(({ key, subject }) => `${key}: ${subject}`)).toEqual([
      `application/${application}/changes-requested/1: Your application for astro needs changes`,
      `application/${application}/changes-requested/2: Your application for astro needs changes`,
      `application/${application}/filed/1: Your application for astro has arrived`,
      `application/${application}/resubmitted/2: Your changed application for astro has arrived`,
      `application/${application}/withdrawn/2: Your application for astro is withdrawn`,
      `application/${again}/filed/1: Your application for astro has arrived`,
      `application/${again}/rejected/1: Your application for astro is rejected`,
      `application/${inGroup}/filed/1: Vaše žádost o telescope byla přijata`,
      `application/${inGroup}/rejected/1: Vaše žádost o telescope je zamítnuta`,
    ])
    const bodies = new Map((await mails()).map(({ key, body }) => [key, body]))
    expect(bodies.get(`application/${application}/changes-requested/1`)).toContain(`\n${reason}\n`)
    expect(bodies.get(`application/${inGroup}/filed/1`)).toContain('Čeká, než se stanete členem astro.')
    expect(bodies.get(`application/${again}/rejected/1`)).toContain('No room')
  })

  it('is told once that there is no place, however often somebody looks', async () => {
    await astro(reachable, { maxMembers: 3 })
    await known('idp/linus')
    const first = await filed('idp/new', nova)
    const second = await filed('idp/linus', { name: 'Linus' })
    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')
    expect(reasonOf(await act('approve', second, 'idp/ada'))).toBe('done')
    for (const day of ['2026-02-03', '2026-02-04']) await look(second, day)

    await makeMails('2026-02-05')

    expect(await keys()).toEqual([
      `application/${first}/approved/1 nova@example.org`,
      `application/${second}/filed/1 linus@example.org`,
      `application/${second}/full/1 linus@example.org`,
    ])
  })

  it('is told where nobody decided in time, or what they applied for is gone', async () => {
    await astro({ ...reachable, approval: { rejectAfter: 'P30D' } })
    await known('idp/linus', 'idp/alan')
    const silent = await filed('idp/linus', { name: 'Linus' })
    await look(silent, '2026-03-04')
    const gone = await filed('idp/alan', { name: 'Alan' })
    await apply(database.pool, [remove(await stored(database.pool, 'Form', 'join'))])
    await look(gone, '2026-02-04')
    await look(gone, '2026-02-05')

    await makeMails('2026-03-05')

    expect((await keys()).filter((key) => !key.includes('filed'))).toEqual([
      `application/${silent}/silence/1 linus@example.org`,
      `application/${gone}/target-gone/1 alan@example.org`,
    ])
  })

  it('and who approved it are told where it cannot be carried out', async () => {
    const login = { name: 'login', type: 'text', fills: 'user.login' }
    await astro({ ...reachable, items: [...reachable.items, login] })
    await withAddress('idp/ada')
    await known('idp/linus')
    const application = await filed('idp/linus', { name: 'Linus', login: 'linus' })
    const other = { identities: ['idp/other'], attributes: { login: 'linus' } }
    await apply(database.pool, [add(document('User', 'other', other))])
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')

    await makeMails('2026-02-02')

    expect((await keys()).filter((key) => key.startsWith('application/'))).toEqual([
      `application/${application}/changes-requested/1 linus@example.org`,
      expect.stringMatching(`^application/${application}/failed/1/\\d+ ada@example.org$`),
      `application/${application}/filed/1 linus@example.org`,
    ])
  })
})

describe('what mails may name', () => {
  it('is what the reference says, of an application and of what waits', async () => {
    await astro(reachable)
    await withAddress('idp/ada')
    await filed('idp/new', nova)
    await store.inTransaction(database.pool, (tx) => store.writeDigests(tx, noon('2026-02-02')))

    const { rows } = await database.pool.query<{ event: NotificationEvent; tags: JsonObject }>(
      'select event, tags from mail_draft order by event',
    )

    expect(rows.map(({ event }) => event)).toEqual(['application.digest', 'application.filed'])
    // Whoever reads it is named once a mail is made.
    for (const { event, tags } of rows) expect(namesIn({ user: ada, ...tags })).toEqual(namesOf(tagsOf(event)))
  })
})

const ada = { identity: 'idp/ada', displayName: 'Ada' }

/** Full names, in order; of a list those of its first entry, of answers none. */
function namesIn(tags: JsonObject, before = ''): string[] {
  return Object.entries(tags)
    .flatMap(([name, value]) => {
      const one: unknown = Array.isArray(value) ? value[0] : value
      const inner = name === 'answers' || !isObject(one) ? [] : namesIn(one, `${before}${name}.`)
      return [`${before}${name}`, ...inner]
    })
    .sort()
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

function namesOf(tags: Tags, before = ''): string[] {
  return Object.entries(tags)
    .flatMap(([name, { of = {} }]) => [`${before}${name}`, ...namesOf(of, `${before}${name}.`)])
    .sort()
}

describe('those who decide', () => {
  const digests = async (): Promise<readonly Mail[]> => (await mails()).filter(({ key }) => key.startsWith('digest/'))
  const recipients = async (): Promise<readonly string[]> => (await digests()).map(({ recipient }) => recipient).sort()

  it('are told in the morning, in one mail a day, what waits for them and for how long', async () => {
    const approval = { steps: [{ by: 'managers', quorum: 2 }] }
    await astro({ ...reachable, approval }, { managers: [{ user: 'idp/ada' }, { group: 'telescope' }] })
    await withAddress('idp/ada', 'idp/grace')
    const first = await filed('idp/new', nova)
    const second = await filed('idp/newer', { name: 'Newer' }, { now: noon('2026-02-02') })
    expect(await makeMails('2026-02-01')).toEqual(new Date('2026-02-02T07:00:00Z'))
    expect(await digests()).toEqual([])
    expect(reasonOf(await act('approve', first, 'idp/ada'))).toBe('done')

    expect(await makeMails('2026-02-04')).toEqual(new Date('2026-02-05T07:00:00Z'))
    await makeMails('2026-02-04')

    expect((await digests()).map(({ recipient, subject }) => `${recipient} ${subject}`).sort()).toEqual([
      'ada@example.org 1 application waits for your decision',
      'grace@example.org 2 applications wait for your decision',
    ])
    const [{ body } = { body: '' }] = (await digests()).filter(({ recipient }) => recipient.startsWith('grace'))
    expect(body).toBe(`Dear idp/grace,

these wait for your decision, the oldest for 3 days:
- ${first}: Nova (idp/new) for astro, since 2026-02-01
- ${second}: Newer (idp/newer) for astro, since 2026-02-02

To see all: guildhall application list --waiting-for idp/grace
To decide: guildhall application approve NUMBER --as idp/grace, or reject, or request-changes with --reason
`)
  })

  it('miss no morning where the mail of the one before went out in the night', async () => {
    await astro(reachable)
    await withAddress('idp/ada')
    await filed('idp/new', nova)
    for (const at of ['2026-02-04T03:00:00Z', '2026-02-04T07:00:00Z', '2026-02-04T07:00:00Z'])
      await store.inTransaction(database.pool, (tx) => store.writeDigests(tx, new Date(at)))

    const { rows } = await database.pool.query<{ day: string }>(
      `select split_part(key, '/', 3) as day from mail_draft where event = 'application.digest' order by id`,
    )
    expect(rows).toEqual([{ day: '2026-02-03' }, { day: '2026-02-04' }])
  })

  it('are managers of groups above, too', async () => {
    await astro(reachable, { managers: [{ user: 'idp/root' }] })
    await apply(database.pool, [
      change(
        await stored(database.pool, 'Group', 'telescope'),
        document('Group', 'telescope', { managers: [{ user: 'idp/ada' }] }, 'astro'),
      ),
      add(document('Form', 'operators', { for: 'initial', group: 'telescope:operators', items: [] }, 'astro')),
    ])
    await withAddress('idp/ada')
    expect(reasonOf(await act('approve', await filed('idp/new', nova), undefined))).toBe('done')
    const operator = await filed('idp/new', {}, { group: 'telescope:operators' })

    await makeMails('2026-02-04')
    expect(await recipients()).toEqual(['ada@example.org'])
    expect(reasonOf(await act('approve', operator, 'idp/grace'))).toBe('not-eligible')
    expect(reasonOf(await act('approve', operator, 'idp/ada'))).toBe('done')
  })

  it('are told nothing where nothing waits', async () => {
    await astro(reachable)
    await withAddress('idp/ada')
    const application = await filed('idp/new', nova)
    expect(reasonOf(await act('reject', application, 'idp/ada'))).toBe('done')

    expect(await makeMails('2026-02-03')).toBeUndefined()
    expect(await digests()).toEqual([])
  })

  it('are those for whom an expression holds, but nobody who applied or is banned', async () => {
    await astro({ ...reachable, approval: { steps: [{ by: { where: "'astro/telescope' in user.groups" } }] } })
    await withAddress('idp/ada', 'idp/grace')
    await filed('idp/new', nova)

    await makeMails('2026-02-02')
    expect(await recipients()).toEqual(['ada@example.org', 'grace@example.org'])

    await database.pool.query(
      `insert into ban (vo_id, person_id, reason, actor, since)
       select m.vo_id, m.person_id, '', 'local/test', '2026-02-02' from member m join identity i using (person_id) where i.ref = 'idp/grace'`,
    )
    await makeMails('2026-02-03')
    expect(await recipients()).toEqual(['ada@example.org', 'ada@example.org', 'grace@example.org'])
  })

  it('are the admins of the instance where a step names nobody', async () => {
    await astro({ ...reachable, approval: { steps: [{ by: 'sponsors' }] } })
    const admins = [{ user: 'idp/linus' }]
    const have = await stored(database.pool, 'Instance', 'example')
    await apply(database.pool, [change(have, document('Instance', 'example', { admins }))])
    await known('idp/linus')
    await filed('idp/new', nova)

    await makeMails('2026-02-02')

    expect(await recipients()).toEqual(['linus@example.org'])
  })

  it('are reminded, and those to whom it escalates are told, once for each time, and who stands in for them too', async () => {
    const steps = [{ by: 'managers', escalateAfter: 'P7D', escalateTo: { user: 'idp/linus' } }]
    await astro({ ...reachable, approval: { steps, remindAfter: 'P3D' } })
    await known('idp/linus', 'idp/alan')
    await withAddress('idp/ada')
    await database.pool.query(
      `insert into delegation (delegator_id, delegate_id, reason, starts_at, actor, since)
       select a.person_id, b.person_id, '', '2026-01-01', 'local/test', '2026-01-01' from identity a, identity b
       where a.ref = 'idp/ada' and b.ref = 'idp/alan'`,
    )
    const application = await filed('idp/new', nova)
    for (const day of ['2026-02-04', '2026-02-04', '2026-02-08', '2026-02-08']) await look(application, day)

    await makeMails('2026-02-08')

    const told = (await mails()).map(({ key, recipient }) => `${key.split('/').slice(2, 4).join(' ')} ${recipient}`)
    expect(told.filter((one) => !one.startsWith('2026')).sort()).toEqual([
      'escalated 2026-02-08T12:00:00.000Z linus@example.org',
      'reminder 2026-02-04T12:00:00.000Z ada@example.org',
      'reminder 2026-02-04T12:00:00.000Z alan@example.org',
      'reminder 2026-02-07T12:00:00.000Z ada@example.org',
      'reminder 2026-02-07T12:00:00.000Z alan@example.org',
    ])
    expect(await recipients()).toEqual(['ada@example.org', 'alan@example.org', 'linus@example.org'])
  })
})
