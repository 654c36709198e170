import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  askAgain,
  confirmByKey,
  inTransaction,
  lookAtApplication,
  settleAct,
  showApplication,
} from '../../../store/index.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, compileSchema, noon, reasonOf } from './applications-world.ts'
import { keysTo, sendMails } from './send-mails.ts'
import { add, apply, change, document, stored } from './world.ts'

let database: TestDatabase
let smtp: TestSmtp

beforeEach(async () => {
  database = await createTestDatabase()
  smtp = await startSmtp()
})

afterEach(async () => {
  await smtp.close()
  await database.drop()
})

const { act, astro, filed, stateOf } = applicationsIn(() => database)

const form = { for: 'initial', items: [{ name: 'email', type: 'verified-email', required: true, fills: 'user.email' }] }
const nova = { email: 'nova@Example.org' }
const address = 'nova@example.org'
const refusal = {
  code: 'KEY_REFUSED',
  message: expect.stringContaining('it is wrong, was used before, or counts no more'),
}

async function mailed(day = '2026-02-01'): Promise<string> {
  await sendMails(database.pool, smtp, noon(day))
  return keysTo(smtp, address).at(-1) ?? 'none'
}

async function confirm(key: string, now = noon('2026-02-02')): Promise<string> {
  const { application, noted } = await inTransaction(database.pool, (tx) => confirmByKey(tx, { key, now }))
  const settle = () => inTransaction(database.pool, (tx) => settleAct(tx, { act: noted, now, compileSchema }))
  expect([await settle(), await settle()]).toEqual([{ kind: 'done' }, { kind: 'done' }])
  return stateOf(application)
}

async function resend(application: number, now: Date, actor?: string): Promise<readonly string[]> {
  const who = { cause: { actor: actor ?? 'local/test' }, ...(actor === undefined ? {} : { actor }) }
  return inTransaction(database.pool, (tx) => askAgain(tx, { application, now, ...who }))
}

async function look(id: number, day: string): Promise<void> {
  await inTransaction(database.pool, (tx) => lookAtApplication(tx, { id, now: noon(day), compileSchema }))
}

async function seen(identity: string, attributes: object): Promise<void> {
  await apply(database.pool, [add(document('User', identity.replace('/', '-'), { identities: [identity] }))])
  await database.pool.query('update identity set attributes = $2 where ref = $1', [
    identity,
    JSON.stringify(attributes),
  ])
}

async function confirmed(): Promise<readonly object[]> {
  const { rows } = await database.pool.query<object>('select address, how from confirmed_address order by id')
  return rows
}

describe('an address of an application', () => {
  it('is confirmed once by the key that went there, and the application goes on; no level comes of it', async () => {
    await astro(form)
    const id = await filed('idp/new', nova)
    const key = await mailed()
    const before = [await stateOf(id), reasonOf(await act('approve', id, 'idp/ada'))]

    const after = await confirm(key)

    expect([before, after]).toEqual([['unverified', 'not-open'], 'open'])
    expect(await confirmed()).toEqual([{ address, how: 'key' }])
    await expect(confirm(key)).rejects.toMatchObject(refusal)
    expect(reasonOf(await act('approve', id, 'idp/ada'))).toBe('done')
    const { rows } = await database.pool.query(
      `select i.loa, a.authentication, v.value from identity i
       join event a on a.action = 'verify' join attribute_value v on v.subject = i.person_id and v.attribute = 'user.email'
       where i.ref = 'idp/new'`,
    )
    expect(rows).toEqual([{ loa: null, authentication: 'key', value: 'nova@Example.org' }])
    expect((await showApplication(database.pool, id))?.acts.map((one) => [one.act, one.actor, one.outcome])).toEqual([
      ['approve', 'idp/ada', expect.stringContaining('not-open')],
      ['verify', 'idp/new', 'done'],
      ['approve', 'idp/ada', 'done'],
    ])
  })

  it('gets a key that is kept nowhere but in the mail', async () => {
    await astro(form)
    await filed('idp/new', nova)
    const key = await mailed()

    const { rows } = await database.pool.query<{ found: number }>(
      `select (select count(*) from mail where body like '%' || $1 || '%')::integer
         + (select count(*) from mail_draft where tags::text like '%' || $1 || '%')::integer
         + (select count(*) from verification v where v::text like '%' || $1 || '%')::integer as found`,
      [key],
    )

    expect([key, rows]).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), [{ found: 0 }]])
  })

  it('gets the mails about the application, whatever comes of it', async () => {
    await astro({ ...form, items: [{ name: 'email', type: 'verified-email', required: true }] })
    const id = await filed('idp/new', nova)
    await confirm(await mailed())

    expect(reasonOf(await act('reject', id, 'idp/ada'))).toBe('done')

    await sendMails(database.pool, smtp, noon('2026-02-03'))
    expect(smtp.taken.map(({ recipient, content }) => [recipient, /^Subject: (.*)$/m.exec(content)?.[1]])).toEqual([
      [address, 'Confirm your address for astro'],
      [address, 'Your application for astro has arrived'],
      [address, 'Your application for astro is rejected'],
    ])
  })

  it('has whom the rule of the form approves become a member only once it is confirmed', async () => {
    await astro({ ...form, approval: { autoWhen: 'true' } })
    const id = await filed('idp/new', nova)

    expect([await stateOf(id), await confirm(await mailed())]).toEqual(['unverified', 'approved'])
  })

  it('needs no mail where it is confirmed for the person, by whatever application', async () => {
    await astro(form)
    const first = await filed('idp/new', nova)
    await confirm(await mailed())
    await act('withdraw', first, 'idp/new')

    expect(await stateOf(await filed('idp/new', { email: 'nova@EXAMPLE.org' }))).toBe('open')
    expect(await stateOf(await filed('idp/other', nova))).toBe('unverified')
  })

  it.each([
    ['is said by the source of an identity, whose level is 1 or more', 1, { mail: 'nova@Example.org' }, 'open'],
    ['is said by a source without a level', undefined, { mail: 'nova@Example.org' }, 'unverified'],
    ['is said by a source of level 0', 0, { email: 'nova@example.org' }, 'unverified'],
    ['is another than the one that the source says', 2, { email: 'other@example.org' }, 'unverified'],
  ])('counts without a mail or not where it %s', async (...[, loa, attributes, state]) => {
    await astro(form)
    const spec = { type: 'declared', ...(loa === undefined ? {} : { loa }) }
    await apply(database.pool, [add(document('Source', 'club', spec))])
    await seen('club/nova', attributes)

    const id = await filed('club/nova', nova)

    expect(await stateOf(id)).toBe(state)
    expect(await confirmed()).toEqual(state === 'open' ? [{ address, how: 'source' }] : [])
  })

  it('is asked again where other answers name another one, and the key of the first counts no more', async () => {
    await astro(form)
    const id = await filed('idp/new', { email: 'first@example.org' })
    await sendMails(database.pool, smtp, noon('2026-02-01'))
    const [first = ''] = keysTo(smtp, 'first@example.org')
    await act('resubmit', id, 'idp/new', { answers: nova })
    const second = await mailed()

    await expect(confirm(first)).rejects.toMatchObject(refusal)
    expect(await confirm(second)).toBe('open')
  })

  it('is not mailed once it is not asked for any more', async () => {
    await astro(form)
    const id = await filed('idp/new', { email: 'first@example.org' })
    await act('resubmit', id, 'idp/new', { answers: nova })
    await sendMails(database.pool, smtp, noon('2026-02-01'))

    expect([keysTo(smtp, 'first@example.org').length, keysTo(smtp, address).length]).toEqual([0, 1])
  })

  it('gets another key on request, of whose it is, not at once, and no more than ten', async () => {
    await astro(form)
    const id = await filed('idp/new', nova)
    const first = await mailed()
    const at = (minutes: number): Date => new Date(noon('2026-02-01').getTime() + minutes * 60_000)
    const facts = (reason: string) => ({ code: 'APPLICATION_REFUSED', facts: { application: id, reason } })

    await expect(resend(id, at(1), 'idp/new')).rejects.toMatchObject(facts('too-soon'))
    await expect(resend(id, at(6), 'idp/ada')).rejects.toMatchObject(facts('not-eligible'))
    expect(await resend(id, at(6), 'idp/new')).toEqual([address])
    const second = await mailed()
    await expect(confirm(first)).rejects.toMatchObject(refusal)
    for (let asked = 2; asked < 10; asked += 1) await resend(id, at(asked * 6))
    await expect(resend(id, at(100))).rejects.toMatchObject(facts('too-often'))
    await expect(confirm(second)).rejects.toMatchObject(refusal)
    expect(await confirm(await mailed('2026-02-02'))).toBe('open')
    await expect(resend(id, at(200))).rejects.toMatchObject(facts('not-open'))
  })

  it('is confirmed by no key that is wrong, has run out, or is of an application that has ended, in the same words', async () => {
    await astro(form)
    const id = await filed('idp/new', nova)
    const key = await mailed()
    const outcomes = [confirm('0'.repeat(40)), confirm(key, noon('2026-02-09'))]
    await expect(Promise.allSettled(outcomes)).resolves.toMatchObject([{ reason: refusal }, { reason: refusal }])
    await act('withdraw', id, 'idp/new')

    await expect(confirm(key)).rejects.toMatchObject(refusal)
    expect(await confirmed()).toEqual([])
  })

  it('lets the application be rejected where nobody confirms it within a month', async () => {
    await astro(form)
    const id = await filed('idp/new', nova)
    await look(id, '2026-03-02')
    const before = await stateOf(id)
    await look(id, '2026-03-04')

    expect([before, await showApplication(database.pool, id)]).toMatchObject([
      'unverified',
      { state: 'rejected', reason: 'silence: the address was not confirmed in time' },
    ])
  })

  it('is asked for where a commit asks for it of an application that is open', async () => {
    await astro({ for: 'initial', items: [{ name: 'email', type: 'text' }] })
    const id = await filed('idp/new', nova)
    await apply(database.pool, [
      change(await stored(database.pool, 'Form', 'join'), document('Form', 'join', form, 'astro')),
    ])
    await look(id, '2026-02-01')

    expect([await stateOf(id), await confirm(await mailed())]).toEqual(['unverified', 'open'])
  })

  it('of an application for a group is confirmed first; then that waits for the VO, or falls with it', async () => {
    await astro(form)
    const group = {
      for: 'initial',
      group: 'telescope',
      items: [{ name: 'email', type: 'verified-email', required: true }],
    }
    const have = await stored(database.pool, 'Form', 'telescope')
    await apply(database.pool, [change(have, document('Form', 'telescope', group, 'astro'))])
    const vo = await filed('idp/new', nova)
    const waiting = await filed('idp/new', nova, { group: 'telescope' })
    const key = await mailed()
    expect(keysTo(smtp, address)).toHaveLength(2)
    const [first = ''] = keysTo(smtp, address)

    const states = [await stateOf(waiting), await confirm(first)]
    await look(waiting, '2026-02-02')

    expect([states, await stateOf(vo), await stateOf(waiting)]).toEqual([
      ['unverified', 'open'],
      'open',
      'waiting for vo-member',
    ])
    await expect(confirm(key)).resolves.toBe('waiting for vo-member')
  })
})
