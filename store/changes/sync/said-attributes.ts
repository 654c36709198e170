import { parseAttribute } from '../../../core/config/references.ts'
import type { Tx } from '../../pool.ts'
import { readDefinitions } from '../values/read-held.ts'
import type { SyncedSet } from './find-set.ts'
import type { Staged } from './stage-subjects.ts'

/** An attribute of which a source says something. */
export interface SaidAttribute {
  readonly name: string
  readonly holder: string
  readonly isList: boolean
  /** Whether what people gave is written over. */
  readonly overwrite: boolean
  /** Whether its values have to stand in lists. */
  readonly isListed: boolean
}

/** What the documents in force say of the attributes of a source, and of the authority of sources. */
export interface SaidAttributes {
  readonly attributes: readonly SaidAttribute[]
  /** Sources by their authority, the highest first. */
  readonly order: readonly string[]
}

/** Reads of which attributes a source says something; those that are derived are nobody's to give. */
export async function readSaidAttributes(
  tx: Tx,
  { source }: SyncedSet,
  { hasValues }: Pick<Staged, 'hasValues'>,
): Promise<SaidAttributes> {
  if (!hasValues) return { attributes: [], order: [] }
  const { rows } = await tx.query<{ attributes: Written; source_order: readonly string[] }>(
    `select coalesce(s.spec->'attributes', '{}') as attributes, coalesce(i.spec->'sourceOrder', '[]') as source_order
     from source s left join instance i on true where s.name = $1`,
    [source],
  )
  const { attributes = {}, source_order: order = [] } = rows[0] ?? {}
  const names = Object.keys(attributes).sort()
  const definitions = names.length === 0 ? undefined : await readDefinitions(tx)
  const said = names.flatMap((name): SaidAttribute[] => {
    const spec = definitions?.get(name)
    if (spec === undefined || spec.derive !== undefined) return []
    const written = attributes[name]
    const overwrite = typeof written === 'object' && written.overwrite === true
    return [
      {
        ...{ name, holder: parseAttribute(name).holder, overwrite },
        ...{ isList: spec.type === 'array', isListed: spec.within !== undefined },
      },
    ]
  })
  return { attributes: said, order }
}

type Written = Readonly<Record<string, string | { readonly overwrite?: boolean }>>
