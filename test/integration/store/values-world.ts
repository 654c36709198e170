import { afterEach, beforeEach } from '@jest/globals'
import { parseHolder } from '../../../core/attributes/holder-reference.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import { changeValues, inTransaction, type Tx, type ValueAnswer, type ValueOn } from '../../../store/index.ts'
import { anyValueFits } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld, tuesday } from './world.ts'

interface Setting {
  readonly value?: JsonValue
  readonly text?: string
  readonly actor?: string
}

/** One value that is to be set, or taken away. */
export function request(holder: string, name: string, { value, text }: Setting): ValueOn {
  const parsed = parseHolder(holder)
  if (parsed === undefined) throw new Error(`${holder} is no holder`)
  const given = value === undefined ? {} : { value }
  return { holder: parsed, name, ...given, ...(text === undefined ? {} : { text }) }
}

/** A database for each test of this file, in which `bio` requires values of its members and others may be set. */
export function valuesWorld() {
  let database: TestDatabase

  beforeEach(async () => {
    database = await createTestDatabase()
    await apply(
      database.pool,
      [
        ...smallWorld(),
        add(document('VO', 'bio', { requires: { attributes: ['user.email', 'member.badge'] } })),
        add(document('Attribute', 'member.badge', { type: 'string', unique: 'vo', write: ['vo-managers', 'self'] })),
        add(document('Attribute', 'member-group.shift', { type: 'string', write: ['group-managers'] })),
        add(document('Attribute', 'user-facility.quota', { type: 'integer', write: ['facility-managers'] })),
        add(document('Attribute', 'user.secret', { type: 'string', read: ['nobody'] })),
        add(document('Attribute', 'user.tags', { type: 'array', write: ['everyone'] })),
        row('add', 'bio', 'idp/grace'),
        // Somebody has to be left.
        row('add', 'bio', 'idp/linus'),
      ],
      { statuses: [{ vo: 'bio', user: 'idp/grace', status: 'INVALID' }] },
    )
    await database.pool.query('delete from outbox')
  })

  afterEach(async () => {
    await database.drop()
  })

  async function change(requests: readonly ValueOn[], actor?: string): Promise<ValueAnswer[]> {
    return inTransaction(database.pool, (tx) => changeIn(tx, requests, actor))
  }

  async function changeIn(tx: Tx, requests: readonly ValueOn[], actor?: string): Promise<ValueAnswer[]> {
    const said = { requests, reason: 'test', now: tuesday, cause: { actor: actor ?? 'local/test' } }
    const who = actor === undefined ? {} : { actor }
    return changeValues(tx, { ...said, ...who, compileSchema: anyValueFits })
  }

  async function set(holder: string, name: string, setting: Setting = {}): Promise<string> {
    const [answer] = await change([request(holder, name, setting)], setting.actor)
    if (answer === undefined) return 'nothing'
    if ('held' in answer) return `held ${answer.held}`
    return 'refused' in answer ? `${answer.refused.reason}: ${answer.refused.message}` : JSON.stringify(answer.value)
  }

  return { database: () => database, change, changeIn, set }
}
