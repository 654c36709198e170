import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction, showApplication, verifyAudit } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { applicationsIn, join, noon, reasonOf } from './applications-world.ts'
import { apply, change, document, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const { act, astro, file, filed, members, stateOf } = applicationsIn(() => database)

describe('an application for a VO', () => {
  it('is filed by somebody whom nobody knows, and makes them a member once a manager approves', async () => {
    await astro(join, { expiration: { extendBy: 'P1Y' } })

    const application = await filed('idp/new', { name: 'Nova', why: 'I want to' })
    expect(await stateOf(application)).toBe('open')
    expect(await members()).not.toHaveProperty('idp/new')

    expect(await act('approve', application, 'idp/ada')).toEqual({ kind: 'done' })
    expect(await stateOf(application)).toBe('approved')
    expect(await members()).toMatchObject({ 'idp/new': 'VALID 2027-02-02' })
    const { rows } = await database.pool.query(
      `select m.origin, v.value, v.origin as given from identity i join membership m on m.person_id = i.person_id
       join attribute_value v on v.subject = i.person_id and v.attribute = 'user.displayName' where i.ref = 'idp/new'`,
    )
    expect(rows).toEqual([{ origin: 'application', value: 'Nova', given: 'application' }])
    await expect(verifyAudit(database.pool)).resolves.toMatchObject({ valid: true })
  })

  it('is approved at once where the rule of the form holds', async () => {
    await astro({ ...join, approval: { autoWhen: "answers.name == 'Nova'" } })

    expect(await file('idp/new', { name: 'Nova' })).toMatchObject({ state: 'approved', status: 'VALID' })
    expect(await file('idp/newer', { name: 'Other' })).toMatchObject({ state: 'open', status: null })
  })

  it('names every answer that is wrong, and files nothing', async () => {
    await astro()

    expect(await file('idp/new', { nme: 'x', why: 'y\u0000' })).toEqual({
      refused: {
        reason: 'answers-invalid',
        message: expect.stringContaining('name: an answer is required; why: '),
        faults: [
          { item: 'name', message: 'an answer is required' },
          { item: 'why', message: expect.stringContaining('expected printable text') },
          { item: 'nme', message: 'there is no item "nme"; did you mean "name"?' },
        ],
      },
    })
    expect((await database.pool.query('select from application')).rowCount).toBe(0)
  })

  it.each([
    ['idp/ada', {}, 'already-member'],
    ['nowhere/x', {}, 'identity-unknown'],
    ['idp/new', { kind: 'extension' }, 'not-a-member'],
    ['idp/new', { group: 'telescope' }, 'vo-first'],
  ] as const)('of %s with %j is refused: %s', async (identity, more, reason) => {
    await astro()

    expect(await file(identity, 'kind' in more || 'group' in more ? {} : undefined, more)).toMatchObject({
      refused: { reason },
    })
  })

  it('is the only one of a person that is not decided yet', async () => {
    await astro()
    await filed('idp/new')

    expect(await file('idp/new')).toMatchObject({ refused: { reason: 'already-applied' } })
  })

  it('is decided by nobody about themselves, by nobody without the role, and only once', async () => {
    await astro(join, { members: [], managers: [{ user: 'idp/ada' }, { user: 'idp/new' }] })
    const application = await filed('idp/new')

    expect(reasonOf(await act('approve', application, 'idp/new'))).toBe('own-application')
    expect(reasonOf(await act('approve', application, 'idp/grace'))).toBe('not-eligible')
    expect(reasonOf(await act('withdraw', application, 'idp/ada'))).toBe('not-eligible')
    expect(reasonOf(await act('reject', application, 'idp/ada'))).toBe('done')
    expect(await act('approve', application, 'idp/ada')).toEqual({
      ...{ kind: 'refused', reason: 'ended', message: `application ${application} is rejected already` },
    })
    expect(await members()).not.toHaveProperty('idp/new')
  })

  it('is approved step by step, each person in one step only', async () => {
    const steps = [{ by: 'managers' }, { by: { where: "'astro/telescope' in user.groups" }, quorum: 2 }]
    await astro({ ...join, approval: { steps } })
    const application = await filed('idp/new')

    expect(reasonOf(await act('approve', application, 'idp/grace'))).toBe('not-eligible')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('voted-already')
    expect(reasonOf(await act('approve', application, 'idp/grace'))).toBe('done')
    expect(await stateOf(application)).toBe('open')
    expect(reasonOf(await act('approve', application, undefined))).toBe('done')
    expect(await stateOf(application)).toBe('approved')
  })

  it('is looked at again where the form has changed since: earlier approvals count no more', async () => {
    const approval = { steps: [{ by: 'managers', quorum: 2 }] }
    await astro({ ...join, approval }, { managers: [{ user: 'idp/ada' }, { user: 'idp/grace' }] })
    const application = await filed('idp/new')
    const seen = await showApplication(database.pool, application)
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')

    const form = await stored(database.pool, 'Form', 'join')
    await apply(database.pool, [
      change(form, document('Form', 'join', { ...join, approval, items: [join.items[0]] }, 'astro')),
    ])

    const { version = 0, policy = '' } = seen ?? {}
    expect(reasonOf(await act('approve', application, 'idp/grace', { seen: { version, policy } }))).toBe('changed')
    expect(reasonOf(await act('approve', application, 'idp/grace'))).toBe('done')
    expect(await stateOf(application)).toBe('open')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
    expect(await stateOf(application)).toBe('approved')
  })

  it('goes back to whoever filed it where changes are requested, and forgets what was decided before', async () => {
    await astro()
    const application = await filed('idp/new', { name: 'Nva' })

    expect(reasonOf(await act('request-changes', application, 'idp/ada'))).toBe('done')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('not-open')
    expect(reasonOf(await act('resubmit', application, 'idp/grace', { answers: { name: 'Nova' } }))).toBe(
      'not-eligible',
    )
    expect(reasonOf(await act('resubmit', application, 'idp/new', { answers: {} }))).toBe('answers-invalid')
    expect(reasonOf(await act('resubmit', application, 'idp/new', { answers: { name: 'Nova' } }))).toBe('done')
    expect(await showApplication(database.pool, application)).toMatchObject({
      ...{ state: 'open', version: 2, answers: { name: 'Nova' } },
    })
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
    expect(await members()).toMatchObject({ 'idp/new': 'VALID' })
  })

  it('waits where there is no place', async () => {
    await astro(join, { maxMembers: 2 })
    const application = await filed('idp/new')

    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
    expect(await stateOf(application)).toBe('waiting for place')
    expect(await members()).not.toHaveProperty('idp/new')
  })

  it('brings back who was put out, but never by a rule alone', async () => {
    await astro({ ...join, approval: { autoWhen: 'true' } })
    await filed('idp/new')
    await database.pool.query(
      `update member set status = 'DISABLED', ended_by = 'person' where person_id = (select person_id from identity where ref = 'idp/new')`,
    )

    const application = await filed('idp/new')
    expect(await stateOf(application)).toBe('open')
    expect(reasonOf(await act('approve', application, 'idp/ada'))).toBe('done')
    expect(await members()).toMatchObject({ 'idp/new': 'VALID' })
  })

  it('brings back by its rule who left by themselves', async () => {
    await astro({ ...join, approval: { autoWhen: 'true' } })
    await filed('idp/new')
    const leaving = {
      act: 'leave',
      vo: 'astro',
      requests: [{ user: 'idp/new' }],
      actor: 'idp/new',
      reason: '',
    } as const
    await inTransaction(database.pool, (tx) =>
      actOnMembers(tx, { ...leaving, cause: { actor: 'idp/new' }, now: noon('2026-02-01') }),
    )
    expect(await members()).toMatchObject({ 'idp/new': 'DISABLED' })

    expect(await stateOf(await filed('idp/new'))).toBe('approved')
    expect(await members()).toMatchObject({ 'idp/new': 'VALID' })
  })
})
