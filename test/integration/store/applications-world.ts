import { expect } from '@jest/globals'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import {
  aboutOne,
  addDelegations,
  fileApplication,
  inTransaction,
  listMembers,
  noteAct,
  settleAct,
  showApplication,
  type ActOutcome,
  type DelegationAnswer,
  type DelegationRequest,
  type FileAnswer,
  type FileInput,
  type NoteInput,
} from '../../../store/index.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import { add, apply, change, document, smallWorld, stored } from './world.ts'

export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

export const join = {
  for: 'initial',
  items: [
    { name: 'name', type: 'text', required: true, fills: 'user.displayName' },
    { name: 'why', type: 'area', shownWhen: '!(2 in user.loas)' },
  ],
}

export const compileSchema = (schema: JsonObject) => compileCheck(schema)
export const reasonOf = (outcome: ActOutcome): string => (outcome.kind === 'done' ? 'done' : outcome.reason)

/** Applications to astro in a database. */
export function applicationsIn(database: () => TestDatabase) {
  /** The small world, with forms for astro and its group telescope. */
  async function astro(form: object = join, spec: object = {}): Promise<void> {
    await apply(database().pool, smallWorld())
    const have = await stored(database().pool, 'VO', 'astro')
    const managers = [{ user: 'idp/ada' }]
    await apply(database().pool, [
      change(have, document('VO', 'astro', { managers, ...spec })),
      add(document('Form', 'join', form, 'astro')),
      add(document('Form', 'telescope', { for: 'initial', group: 'telescope', items: [] }, 'astro')),
      add(document('Form', 'longer', { for: 'extension', items: [] }, 'astro')),
    ])
  }

  async function file(
    identity: string,
    answers: JsonObject = { name: 'New' },
    more: Partial<FileInput> = {},
  ): Promise<FileAnswer> {
    const input: FileInput = {
      ...{ vo: 'astro', kind: 'initial', identity, answers, cause: { actor: identity }, now: noon('2026-02-01') },
      ...{ compileSchema, ...more },
    }
    return inTransaction(database().pool, (tx) => fileApplication(tx, input), aboutOne)
  }

  async function filed(identity: string, answers?: JsonObject, more?: Partial<FileInput>): Promise<number> {
    const answer = await file(identity, answers, more)
    if ('refused' in answer) throw new Error(answer.refused.message)
    return answer.application
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- read as one line of a table
  async function act(
    name: ApplicationAct,
    application: number,
    actor: string | undefined,
    more: Partial<NoteInput> = {},
  ): Promise<ActOutcome> {
    const noted = await inTransaction(database().pool, (tx) =>
      noteAct(tx, {
        ...{
          application,
          act: name,
          reason: 'because',
          cause: { actor: actor ?? 'local/test' },
          now: noon('2026-02-02'),
        },
        ...(actor === undefined ? {} : { actor }),
        ...more,
      }),
    )
    const settle = () =>
      inTransaction(
        database().pool,
        (tx) => settleAct(tx, { act: noted, now: noon('2026-02-02'), compileSchema }),
        aboutOne,
      )
    const outcome = await settle()
    expect(await settle()).toEqual(outcome)
    return outcome
  }

  /** Lets somebody stand in for another, in astro where it is not said otherwise. */
  async function delegate(
    [delegator, substitute]: readonly [string, string],
    more: Partial<DelegationRequest> & { readonly actor?: string; readonly isEverywhere?: boolean } = {},
  ): Promise<DelegationAnswer> {
    const { actor, isEverywhere = more.application !== undefined, ...request } = more
    const place = isEverywhere ? {} : { vo: 'astro' }
    const [answer] = await inTransaction(database().pool, (tx) =>
      addDelegations(tx, {
        requests: [{ delegator, delegate: substitute, reason: 'away', from: null, until: null, ...place, ...request }],
        ...{ cause: { actor: actor ?? 'local/test' }, now: noon('2026-02-01'), ...(actor !== undefined && { actor }) },
      }),
    )
    if (answer === undefined) throw new Error('no answer')
    return answer
  }

  async function stateOf(application: number): Promise<string> {
    const shown = await showApplication(database().pool, application)
    return [shown?.state, shown?.waitingFor].filter(Boolean).join(' for ')
  }

  async function members(group?: string): Promise<object> {
    const { members: list } = await listMembers(database().pool, {
      vo: 'astro',
      ...(group === undefined ? {} : { group }),
    })
    return Object.fromEntries(list.map(({ user, status, expires }) => [user, [status, expires].join(' ').trim()]))
  }

  return { act, astro, delegate, file, filed, members, stateOf }
}
