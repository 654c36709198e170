import type { Tx } from '../../pool.ts'
import { columnsNamingPeople, personalRows } from './personal-places.ts'
import { patternOf } from './text-pattern.ts'

/** Takes the place of whoever was erased. */
const instead = 'erased'

/**
 * Forgets everything about people but that they were: a person without identities, the hashes of identities and of texts that
 * nobody else gets, and numbers. The audit trail keeps its hashes; what was personal in its events goes.
 */
export async function forgetPeople(tx: Tx, persons: readonly number[], asOf: Date): Promise<void> {
  const named = await textsOf(tx, persons)
  await tx.query(
    `insert into retired_value (attribute, within, hash, person_id)
     select attribute, within, value_hash(value), subject from attribute_unique
     where subject = any($1) and (lasting or attribute = 'user.login') and jsonb_typeof(value) <> 'number'
       and split_part(attribute, '.', 1) in ('user', 'member', 'user-facility', 'member-group', 'member-resource')
     on conflict do nothing`,
    [persons],
  )
  await tx.query(
    `insert into erased_identity (hash, at) select sha256(convert_to(ref, 'UTF8')), $2 from identity where person_id = any($1)
     on conflict do nothing`,
    [persons, asOf],
  )
  for (const [table, which] of Object.entries(personalRows))
    await tx.query(`delete from ${table} where ${which}`, [persons])
  await tx.query(`update person set identities = '{}' where id = any($1)`, [persons])
  await tx.query('delete from event_detail where personal::text ~ $1', [patternOf(named.unmistakable)])
  await blankTexts(tx, patternOf([...named.unmistakable, ...named.others]))
}

/** What people are called; some of it may be the name of something else as well. */
interface Texts {
  readonly unmistakable: readonly string[]
  readonly others: readonly string[]
}

async function textsOf(tx: Tx, persons: readonly number[]): Promise<Texts> {
  const { rows } = await tx.query<{ text: string; unmistakable: boolean }>(
    `select ref as text, true as unmistakable from identity where person_id = any($1)
     union
     select value #>> '{}', attribute = 'user.email' from attribute_value
     where subject = any($1) and attribute in ('user.email', 'user.login', 'user.displayName') and jsonb_typeof(value) = 'string'`,
    [persons],
  )
  const of = (unmistakable: boolean) => rows.filter((row) => row.unmistakable === unmistakable).map(({ text }) => text)
  return { unmistakable: of(true), others: of(false) }
}

async function blankTexts(tx: Tx, pattern: string): Promise<void> {
  for (const [table, columns] of Object.entries(columnsNamingPeople)) {
    const types = await typesOf(tx, table)
    for (const column of columns) {
      const type = types.get(column) ?? 'text'
      await tx.query(
        `update ${table} set "${column}" = regexp_replace("${column}"::text, $1, $2, 'g')::${type} where "${column}"::text ~ $1`,
        [pattern, instead],
      )
    }
  }
}

async function typesOf(tx: Tx, table: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.query<{ column: string; type: string }>(
    `select column_name as column, udt_name as type from information_schema.columns
     where table_schema = current_schema() and table_name = $1`,
    [table],
  )
  return new Map(rows.map(({ column, type }) => [column, type]))
}
