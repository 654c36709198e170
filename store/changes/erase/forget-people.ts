import type { Tx } from '../../pool.ts'
import { putAsideMailsAbout } from '../mail.ts'
import { readNames, type Names } from './names-of-people.ts'
import { columnsNamingPeople, kindOfColumn, ownActors, personalRows } from './personal-places.ts'
import { orAlone, patternOf } from './text-pattern.ts'

/** Takes the place of whoever was erased. */
const instead = 'erased'

/**
 * Forgets everything about people but that they were: a person without identities, the hashes of identities and of texts that
 * nobody else gets, and numbers. The audit trail keeps its hashes; what was personal in its events goes.
 */
export async function forgetPeople(tx: Tx, persons: readonly number[], asOf: Date): Promise<void> {
  const named = await readNames(tx, persons)
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
  await putAsideMailsAbout(tx, persons, asOf)
  for (const [table, which] of Object.entries(personalRows))
    await tx.query(`delete from ${table} where ${which}`, [persons])
  await tx.query(`update person set identities = '{}' where id = any($1)`, [persons])
  await tx.query('delete from event_detail where personal::text ~ $1', [patternOf(named.unmistakable)])
  await blankTexts(tx, named)
}

/** Blanks names where they mean the people, and leaves everything else as it is. */
async function blankTexts(tx: Tx, { unmistakable, telling, ambiguous }: Names): Promise<void> {
  const sure = patternOf(unmistakable)
  const written = patternOf([...unmistakable, ...telling])
  const names = [...telling, ...ambiguous].filter((name) => !ownActors.has(name))
  const patterns = { word: sure, actor: orAlone(sure, names), text: orAlone(written, ambiguous) }
  for (const [table, columns] of Object.entries(columnsNamingPeople)) {
    const types = await typesOf(tx, table)
    for (const column of columns) {
      const isJson = types.get(column) === 'jsonb'
      const blanked = isJson ? `blank_texts("${column}", $2, $3, $1)` : `regexp_replace("${column}", $2, $1, 'g')`
      const parameters = isJson ? [sure, written] : [patterns[kindOfColumn(column)]]
      await tx.query(`update ${table} set "${column}" = ${blanked} where "${column}" is distinct from ${blanked}`, [
        instead,
        ...parameters,
      ])
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
