import { readValue, valueFault } from '../../../core/attributes/check-value.ts'
import { typeMismatch } from '../../../core/config/value-type.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import type { JsonValue } from '../../../core/model/json.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { readDefinitions, type Definition } from './read-held.ts'
import { writeValues } from './write-values.ts'

/** What a source says of the owner of an identity, by name. */
export type Sighted = Readonly<Record<string, string>>

/** The definitions of identity attributes, by the name after the dot. */
export async function identityDefinitions(tx: Tx): Promise<ReadonlyMap<string, Definition>> {
  const prefix = 'identity.'
  const all = [...(await readDefinitions(tx))].filter(([name]) => name.startsWith(prefix))
  return new Map(all.map(([name, spec]) => [name.slice(prefix.length), spec]))
}

/** Says what is wrong with something that a source says under the name of a declared attribute; undefined when nothing is. */
export function sightingFault(
  sighted: Sighted,
  definitions: ReadonlyMap<string, Definition>,
  compileSchema: Surroundings['compileSchema'] | undefined,
): string | undefined {
  for (const [name, text] of Object.entries(sighted)) {
    const spec = definitions.get(name)
    if (spec === undefined) continue
    const value = valueOf(spec, text)
    const fault =
      compileSchema === undefined
        ? typeMismatch(spec.type, value)
        : valueFault({ name: `identity.${name}`, spec }, value, compileSchema)
    if (fault !== undefined) return `identity.${name}: ${fault}`
  }
  return undefined
}

/** Gives an identity the values that its source says under the names of declared attributes. */
export async function writeSighted(
  tx: Tx,
  {
    identity,
    sighted,
    definitions,
  }: {
    readonly identity: IdentityRef
    readonly sighted: Sighted
    readonly definitions: ReadonlyMap<string, Definition>
  },
): Promise<void> {
  const { rows } = await tx.query<{ id: number }>('select id from identity where ref = $1', [identity])
  const values = rows.flatMap(({ id: subject }) =>
    Object.entries(sighted).flatMap(([name, text]) => {
      const spec = definitions.get(name)
      return spec === undefined
        ? []
        : [{ ...{ attribute: `identity.${name}`, subject, object: 0 }, value: valueOf(spec, text) }]
    }),
  )
  await writeValues(tx, { values, origin: 'sync' })
}

/** Text that is no value of the type stays text, which is then refused. */
function valueOf({ type }: Definition, text: string): JsonValue {
  return readValue(type, text) ?? text
}
