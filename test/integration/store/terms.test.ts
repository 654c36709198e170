import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Terms } from '../../../core/model/config-object.ts'
import {
  acceptTerms,
  actOnMembers,
  explain,
  inTransaction,
  listMembers,
  listOwedAcceptances,
  nextDue,
  readTerms,
  runClock,
  verifyAudit,
  type AcceptAnswer,
  type AcceptInput,
} from '../../../store/index.ts'
import { facility, group, instance, resource, source, vo, type Document } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bringApproved } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

function terms(version: string, more: Partial<Terms> = {}): Terms {
  return { version, file: 'terms.md', text: `Terms ${version}`, sha256: `hash of ${version}`, grace: 'P30D', ...more }
}

function world(spec: { readonly terms?: Terms; readonly members?: readonly string[] }): Document[] {
  return [
    ...[instance({ timeZone: 'Europe/Prague' }), source('idp'), facility('hpc')],
    vo('astro', { members: ['idp/ada', 'idp/grace'], ...spec }),
    group('astro/team', { members: ['idp/ada'] }),
    resource('astro/disk', { groups: ['members'], services: [] }),
  ]
}

/** Brings the database to these documents on a day, and says what the plan warned of. */
async function reach(documents: readonly Document[], day: string): Promise<readonly string[]> {
  const { findings } = await bringApproved(database.pool, documents, noon(day))
  return findings.map(({ code, message }) => `${code}: ${message}`)
}

async function accept(user: string, day: string, more: Partial<AcceptInput> = {}): Promise<AcceptAnswer | undefined> {
  const input = {
    vo: 'astro',
    requests: [{ user }],
    reason: '',
    cause: { actor: 'local/test' },
    now: noon(day),
    ...more,
  }
  const [answer] = await inTransaction(database.pool, (tx) => acceptTerms(tx, input))
  return answer
}

async function run(day: string): Promise<void> {
  for (;;) {
    const step = await inTransaction(database.pool, (tx) => runClock(tx, { vo: 'astro', now: noon(day), atMost: 100 }))
    if (!step.more) return
  }
}

async function statuses(): Promise<object> {
  const { members } = await listMembers(database.pool, { vo: 'astro' })
  return Object.fromEntries(members.map(({ user, status }) => [user, status]))
}

describe('terms of a VO', () => {
  it('leave members the grace, end it at its moment, and let in at once who accepts', async () => {
    await reach(world({}), '2026-01-05')

    expect(await reach(world({ terms: terms('1') }), '2026-01-10')).toEqual([
      'terms-new: version "1" of the terms of VO "astro" is new: 2 people have to accept them before 2026-02-09, and will be INVALID otherwise',
    ])
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
    expect(await accept('idp/ada', '2026-01-11', { actor: 'idp/ada', cause: { actor: 'idp/ada' } })).toEqual({
      ...{ user: 'idp/ada', version: '1', accepted: noon('2026-01-11'), until: null, status: 'VALID', isNew: true },
    })
    expect(await nextDue(database.pool, 'astro')).toEqual({
      ...{ at: new Date('2026-02-08T23:00:00Z'), kind: 'accept', count: 1 },
    })
    await run('2026-02-08')
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
    await run('2026-02-10')

    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'INVALID' })
    const { rows } = await database.pool.query('select ended from member_past')
    expect(rows).toEqual([{ ended: new Date('2026-02-08T23:00:00Z') }])
    expect(await accept('idp/grace', '2026-02-11')).toMatchObject({ status: 'VALID', isNew: true })
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
    const { rows: kept } = await database.pool.query(
      'select version, sha256, at, how, actor from terms_acceptance order by id',
    )
    expect(kept).toEqual([
      { version: '1', sha256: 'hash of 1', at: noon('2026-01-11'), how: 'self', actor: 'idp/ada' },
      { version: '1', sha256: 'hash of 1', at: noon('2026-02-11'), how: 'recorded', actor: 'local/test' },
    ])
    expect((await verifyAudit(database.pool)).valid).toBe(true)
  })

  it('are accepted anew by who comes back after the membership was deleted', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-10')
    await accept('idp/ada', '2026-01-11')
    await accept('idp/grace', '2026-01-11')
    await reach(world({ terms: terms('1'), members: ['idp/ada'] }), '2026-01-12')

    await reach(world({ terms: terms('1') }), '2026-01-13')

    expect(await listOwedAcceptances(database.pool, 'astro', noon('2026-01-13'))).toEqual([
      { user: 'idp/grace', status: 'VALID', by: '2026-02-12', accepted: null },
    ])
    const { rows } = await database.pool.query('select version, at, ended from terms_acceptance_past')
    expect(rows).toEqual([{ version: '1', at: noon('2026-01-11'), ended: noon('2026-01-12') }])
  })

  it('are missing in the answer why somebody has no access, and are foretold to who has', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-05')
    await reach(world({ terms: terms('2', { grace: 'P9999Y' }) }), '2026-01-06')
    const asked = { identity: 'idp/grace', vo: 'astro', resource: 'disk' }

    expect((await explain(database.pool, { ...asked, askedAt: noon('2026-01-06') })).missing).toEqual([
      {
        code: 'terms-due',
        message:
          '"idp/grace" has to accept version "2" of the terms of VO "astro", in force since 2026-01-06, before 9999-12-31',
      },
    ])
    await reach(world({ terms: terms('3') }), '2026-01-07')
    await run('2026-03-01')
    expect((await explain(database.pool, { ...asked, askedAt: noon('2026-03-01') })).missing).toEqual([
      {
        code: 'terms-missing',
        message:
          '"idp/grace" has not accepted version "3" of the terms of VO "astro", in force since 2026-01-07; the time for it was over on 2026-02-06',
      },
    ])
  })

  it('without grace make INVALID at once whom git names newly, and everybody else', async () => {
    const documents = world({ terms: terms('1', { grace: 'P0D' }) })

    expect(await reach(documents, '2026-01-05')).toEqual([
      'attribute-missing: "idp/ada" will be INVALID in VO "astro", and have no access: acceptance of the terms is missing',
      'terms-new: version "1" of the terms of VO "astro" is new: 2 people have to accept them, and will be INVALID until then',
      'attribute-missing: "idp/grace" will be INVALID in VO "astro", and have no access: acceptance of the terms is missing',
    ])

    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID', 'idp/grace': 'INVALID' })
    await accept('idp/grace', '2026-01-05')
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID', 'idp/grace': 'VALID' })
    await reach(world({}), '2026-01-06')
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
  })

  it('cannot have another text under the version they had', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-05')
    const other = terms('1', { text: 'Other terms', sha256: 'another hash' })
    const refused =
      'terms-changed: "terms.md" has another text than version "1" of these terms had, which came into force on 2026-01-05; give it a new version'

    expect(await reach(world({ terms: other }), '2026-01-06')).toEqual([refused])
    expect(await readTerms(database.pool, 'astro')).toMatchObject({ version: '1', text: 'Terms 1' })
    await reach(world({}), '2026-01-07')
    expect(await reach(world({ terms: other }), '2026-01-08')).toEqual([refused])
  })

  it('run out, may be renewed from three months before, and end once the grace is over again', async () => {
    await reach(world({ terms: terms('1', { resignEvery: 'P1Y' }) }), '2026-01-05')
    await accept('idp/ada', '2026-01-06')
    await accept('idp/grace', '2026-01-06')
    const standing = { user: 'idp/ada', version: '1', accepted: noon('2026-01-06'), until: '2027-01-06' }

    expect(await accept('idp/ada', '2026-10-05')).toEqual({ ...standing, status: 'VALID', isNew: false })
    expect(await accept('idp/ada', '2026-10-06')).toEqual({
      ...{ ...standing, accepted: noon('2026-10-06'), until: '2027-10-06', status: 'VALID', isNew: true },
    })
    expect(await listOwedAcceptances(database.pool, 'astro', noon('2027-01-06'))).toEqual([
      {
        ...{ user: 'idp/grace', status: 'VALID', by: '2027-02-05' },
        accepted: { version: '1', at: noon('2026-01-06') },
      },
    ])
    await run('2027-02-06')
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'INVALID' })
  })

  it('give no new grace with another version to who had none left', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-05')
    await accept('idp/ada', '2026-01-06')
    await run('2026-03-01')

    await reach(world({ terms: terms('2') }), '2026-03-02')

    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'INVALID' })
    await run('2026-04-02')
    expect(await statuses()).toEqual({ 'idp/ada': 'INVALID', 'idp/grace': 'INVALID' })
  })

  it('can be accepted once they are announced, and ask nothing of who has when they come into force', async () => {
    const next = { version: '2', file: 'next.md', text: 'Terms 2', sha256: 'hash of 2' }
    await reach(world({ terms: terms('1', { next }) }), '2026-01-05')
    await accept('idp/ada', '2026-01-06')
    await accept('idp/grace', '2026-01-06')
    expect(await accept('idp/ada', '2026-02-01', { requests: [{ user: 'idp/ada', version: '2' }] })).toMatchObject({
      ...{ version: '2', status: 'VALID', isNew: true },
    })
    expect(await listOwedAcceptances(database.pool, 'astro', noon('2026-02-01'))).toEqual([])

    const other = { ...next, text: 'Others', sha256: 'another hash' }
    expect(await reach(world({ terms: terms('1', { next: other }) }), '2026-02-02')).toEqual([
      'terms-changed: "next.md" has another text than version "2" of these terms had when members accepted it; give it a new version',
    ])
    expect(await reach(world({ terms: terms('1', { next: { ...next, version: '1' } }) }), '2026-02-03')).toEqual([
      'terms-changed: version "1" cannot be announced, as it is the one in force; give the announced text another',
    ])

    await reach(world({ terms: terms('2') }), '2026-03-01')
    await run('2026-04-01')
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'INVALID' })
    await accept('idp/grace', '2026-04-02')
    expect(await statuses()).toEqual({ 'idp/ada': 'VALID', 'idp/grace': 'VALID' })
  })

  it('let in by another version who signed only that, early, once it is in force', async () => {
    const next = { version: '2', file: 'next.md', text: 'Terms 2', sha256: 'hash of 2' }
    await reach(world({ terms: terms('1', { next }) }), '2026-01-05')
    await accept('idp/ada', '2026-01-06')
    await run('2026-03-01')
    const before = await statuses()
    const early = await accept('idp/grace', '2026-03-02', { requests: [{ user: 'idp/grace', version: '2' }] })
    const signed = await statuses()

    await reach(world({ terms: terms('2') }), '2026-03-03')

    expect([before, early, signed, await statuses()]).toMatchObject([
      { 'idp/ada': 'VALID', 'idp/grace': 'INVALID' },
      { version: '2', status: 'INVALID' },
      { 'idp/ada': 'VALID', 'idp/grace': 'INVALID' },
      { 'idp/ada': 'VALID', 'idp/grace': 'VALID' },
    ])
  })

  it('count the grace of whom a manager lets in from that day', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-05')
    const input = {
      vo: 'astro',
      act: 'add',
      reason: '',
      cause: { actor: 'local/test' },
      now: noon('2026-06-01'),
    } as const

    await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user: 'idp/linus' }] }))

    expect(await listOwedAcceptances(database.pool, 'astro', noon('2026-06-01'))).toContainEqual({
      ...{ user: 'idp/linus', status: 'VALID', by: '2026-07-01', accepted: null },
    })
  })

  it.each([
    { case: 'nobody knows', user: 'idp/nobody', reason: 'identity-unknown' },
    { case: 'are no member', user: 'idp/linus', reason: 'not-a-member' },
    { case: 'mean another version', user: 'idp/ada', version: '0', reason: 'other-version' },
  ])('cannot be accepted by people who $case', async ({ user, version, reason }) => {
    await reach([...world({ terms: terms('1') }), vo('bio', { members: ['idp/linus'] })], '2026-01-05')
    const [refused, accepted] = await inTransaction(database.pool, (tx) =>
      acceptTerms(tx, {
        ...{ vo: 'astro', reason: '', cause: { actor: 'local/test' }, now: noon('2026-01-06') },
        requests: [{ user, version }, { user: 'idp/grace' }],
      }),
    )

    expect([refused, accepted]).toMatchObject([
      { user, refused: { reason } },
      { user: 'idp/grace', isNew: true },
    ])
  })

  it('cannot be accepted for somebody else, not by a manager either', async () => {
    await reach(world({ terms: terms('1') }), '2026-01-05')

    await expect(accept('idp/grace', '2026-01-06', { actor: 'idp/ada' })).rejects.toMatchObject({
      code: 'ACTOR_NOT_ELIGIBLE',
    })
  })

  it('are no terms where the VO has none', async () => {
    await reach(world({}), '2026-01-05')

    expect(await accept('idp/ada', '2026-01-06')).toMatchObject({ refused: { reason: 'no-terms' } })
    expect(await readTerms(database.pool, 'astro')).toBeUndefined()
  })
})
