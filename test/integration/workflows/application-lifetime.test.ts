import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import * as store from '../../../store/index.ts'
import { applicationChanged, applicationId } from '../../../workflows/application/messages.ts'
import { delegationId, watchDelegation, type DelegationOutcome } from '../../../workflows/delegation/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, change, document, row, stored } from '../store/world.ts'
import { openLife, type Life, type Script } from './application-life.ts'

jest.setTimeout(300_000)

const items = [
  { name: 'why', type: 'text', required: true },
  { name: 'email', type: 'verified-email', required: true },
]
const first = 'new@example.org'
const second = 'new@second.example.org'

const isDigest = (mail: string): boolean => mail.endsWith(': 1 application waits for your decision')

/** In whose order those of one moment are told is nobody's concern. */
const sorted = (told: readonly string[]): string[] => [...told].sort()

/** Managers decide, then two of the board, each opened to others after a while. */
function form(urging: { readonly remindAfter: string; readonly rejectAfter: string }): object {
  const steps = [
    { by: 'managers', escalateAfter: 'P40D', escalateTo: { group: 'board' } },
    { by: { group: 'board' }, quorum: 2, escalateAfter: 'P60D', escalateTo: { user: 'idp/boss' } },
  ]
  return { for: 'initial', items, approval: { steps, ...urging } }
}

const people = ['ada', 'linus', 'grace', 'margaret', 'boss', 'new']

/** What people and commits do on their days. */
function scriptOf({ does, givesKey, asksAgain, tellOften, handle, pool, dayOf }: Life): Script {
  return {
    1: givesKey(first, 1_000),
    8: async (now) => {
      await givesKey(first, 0)(now)
      await asksAgain(now)
    },
    9: asksAgain,
    10: async (now) => {
      await givesKey(first, 1)(now)
      await givesKey(first, 2)(now)
    },
    40: does('request-changes', 'idp/ada'),
    60: does('resubmit', 'idp/new', { why: 'second', email: second }),
    62: givesKey(second, 0),
    65: async (now) =>
      store.inTransaction(pool, (tx) =>
        store.addDelegations(tx, {
          requests: [
            {
              ...{ delegator: 'idp/ada', delegate: 'idp/linus', vo: 'astro', reason: 'away', from: null },
              until: dayOf(95),
            },
          ],
          ...{ actor: 'idp/ada', cause: { actor: 'idp/ada' }, now },
        }),
      ),
    70: does('request-changes', 'idp/linus'),
    100: does('resubmit', 'idp/new', { why: 'third', email: second }),
    105: does('approve', 'idp/linus'),
    150: does('approve', 'idp/grace'),
    155: tellOften,
    160: async () => {
      const have = await stored(pool, 'Form', 'join')
      const slower = form({ remindAfter: 'P50D', rejectAfter: 'P300D' })
      await apply(pool, [change(have, document('Form', 'enter', slower, 'astro'))])
      await handle().signal(applicationChanged)
    },
    170: does('approve', 'idp/ada'),
    180: does('approve', 'idp/grace'),
    185: async () => {
      const have = await stored(pool, 'VO', 'astro')
      await apply(pool, [change(have, document('VO', 'astronomy', { managers: [{ user: 'idp/ada' }] }))])
    },
    190: does('approve', 'idp/grace'),
  }
}

describe('the life of an application', () => {
  let life: Life
  beforeAll(async () => {
    life = await openLife([
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
      ...people.map((name) => {
        const attributes = { email: `${name}@example.org`, displayName: name }
        return add(document('User', name, { identities: [`idp/${name}`], attributes }))
      }),
      add(document('VO', 'astro', { managers: [{ user: 'idp/ada' }] })),
      add(document('Group', 'board', {}, 'astro')),
      row('add', 'astro/board', 'idp/grace'),
      row('add', 'astro/board', 'idp/margaret'),
      add(document('Form', 'join', form({ remindAfter: 'P20D', rejectAfter: 'P120D' }), 'astro')),
    ])
  })
  afterAll(async () => life.close())

  async function endDelegation(): Promise<DelegationOutcome> {
    const { client } = life.temporal
    const [delegation] = await store.listEndingDelegations(life.pool)
    if (delegation === undefined) throw new Error('nobody stood in')
    await skipTime(client, await client.workflow.signalWithStart('delegation', watchDelegation(delegation)))
    return client.workflow.getHandle<() => Promise<DelegationOutcome>>(delegationId(delegation.id)).result()
  }

  it('goes through every branch in 400 days, each at its moment and once', async () => {
    const { pool, mails, outcomes, temporal } = life

    const { firstRun, ...ended } = await life.live({ why: 'first', email: first }, scriptOf(life), endDelegation)

    expect(ended).toEqual({ outcome: { kind: 'rejected' }, afterwards: { kind: 'ended' } })
    expect(await life.events()).toEqual([
      ...['0 file by idp/new', '8 ask-again by idp/new', '9 ask-again by idp/new', '10 verify by idp/new'],
      ...['30 remind', '40 request-changes by idp/ada', '60 resubmit by idp/new', '62 verify by idp/new'],
      ...['70 request-changes by idp/linus for idp/ada', '100 resubmit by idp/new'],
      ...['120 remind', '140 escalate', '140 remind', '150 approve by idp/grace'],
      ...['160 void-approvals', '170 approve by idp/ada', '180 approve by idp/grace'],
      ...['220 remind', '230 escalate', '270 remind', '320 remind', '370 remind', '400 reject'],
    ])
    // No key that is wrong, has run out or is of an older mail counts.
    expect(outcomes).toEqual([
      ...[`${first} verify: KEY_REFUSED`, `${first} verify: KEY_REFUSED`, `${first} verify: KEY_REFUSED`],
      ...[`${first} verify: done`, 'idp/ada request-changes: done', 'idp/new resubmit: done', `${second} verify: done`],
      ...['idp/linus request-changes: done', 'idp/new resubmit: done', 'idp/linus approve: not-eligible'],
      ...['idp/grace approve: done', 'idp/ada approve: done', 'idp/grace approve: done'],
      'idp/grace approve: voted-already',
    ])
    expect(sorted(mails.filter((mail) => !isDigest(mail)))).toEqual(
      sorted([
        ...[0, 8, 9].map((on) => `${on} new: Confirm your address for astro`),
        '10 new: Your application for astro has arrived',
        '30 ada: Application 1 for astro still waits for a decision',
        ...['40 new: Your application for astro needs changes', '60 new: Confirm your address for astro'],
        '62 new: Your changed application for astro has arrived',
        '65 linus: You stand in for ada',
        ...[
          '70 new: Your application for astro needs changes',
          '100 new: Your changed application for astro has arrived',
        ],
        '120 ada: Application 1 for astro still waits for a decision',
        ...['grace', 'margaret'].map((name) => `140 ${name}: Application 1 for astro waits for you now`),
        '140 ada: Application 1 for astro still waits for a decision',
        '220 margaret: Application 1 for astronomy still waits for a decision',
        '230 boss: Application 1 for astronomy waits for you now',
        ...[270, 320, 370].flatMap((on) =>
          ['margaret', 'boss'].map((name) => `${on} ${name}: Application 1 for astronomy still waits for a decision`),
        ),
        '400 new: Your application for astronomy has lapsed',
      ]),
    )
    // On the days on which somebody looked, once to each of those for whom it waited that morning.
    expect(sorted(mails.filter(isDigest).map((mail) => mail.split(':')[0] ?? ''))).toEqual(
      sorted([
        ...['30 ada', '40 ada', '65 ada', '65 linus', '70 linus', '70 ada', '105 ada', '120 ada'],
        ...['140 ada', '140 grace', '140 margaret', '150 ada', '150 grace', '150 margaret', '155 margaret'],
        ...['160 margaret', '170 ada', '180 grace', '180 margaret', '185 margaret', '190 margaret', '220 margaret'],
        ...[230, 270, 320, 370].flatMap((on) => [`${on} margaret`, `${on} boss`]),
      ]),
    )
    expect(await store.showApplication(pool, life.id())).toMatchObject({
      ...{ vo: 'astronomy', state: 'rejected', version: 3, reason: 'silence: nobody decided in time' },
    })
    const { rows } = await pool.query(
      `select from membership m join identity i using (person_id) where i.ref = 'idp/new'`,
    )
    expect(rows).toEqual([])
    const workflowId = applicationId(life.id())
    expect((await life.handle().describe()).runId).not.toBe(firstRun)
    await keepHistory(temporal.client, { workflowId, runId: firstRun, scenario: '400-days-begun' })
    await keepHistory(temporal.client, { workflowId, scenario: '400-days-continued' })
  })
})
