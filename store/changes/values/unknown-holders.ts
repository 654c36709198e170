import type { HolderReference } from '../../../core/attributes/holder-reference.ts'
import type { Holder } from '../../../core/attributes/holders.ts'
import type { Db } from '../../pool.ts'
import { unknownIdentities } from '../unknown-identities.ts'
import { findMissing, type MissingObject, type NamedObject } from '../../queries/not-in-force.ts'
import type { RefusedValue } from './judge-values.ts'

/** Says of holders that are not there what of each is missing, in their order. */
export async function unknownHolders(db: Db, holders: readonly HolderReference[]): Promise<readonly RefusedValue[]> {
  const asked = holders.flatMap(({ user }) => user ?? [])
  const { rows } = await db.query<{ ref: string }>('select ref from identity where ref = any($1)', [asked])
  const known = new Set(rows.map(({ ref }) => ref))
  const unknown = await unknownIdentities(db, { asked, known })
  const looked = new Map<string, MissingObject | undefined>()
  const refusals: RefusedValue[] = []
  for (const holder of holders) {
    const { user } = holder
    if (user !== undefined && !known.has(user)) {
      refusals.push(refuse(unknown(user).message))
      continue
    }
    const found = await firstMissing(db, namedBy(holder), looked)
    const { what, hint } = found ?? { what: 'something that it names', hint: '' }
    refusals.push(refuse(`${what} is not in force${hint}`))
  }
  return refusals
}

function refuse(message: string): RefusedValue {
  return { reason: 'holder-unknown', message }
}

/** Many holders lie in the same VO or facility, which is looked up once. */
async function firstMissing(
  db: Db,
  objects: readonly NamedObject[],
  looked: Map<string, MissingObject | undefined>,
): Promise<MissingObject | undefined> {
  for (const object of objects) {
    const key = JSON.stringify(object)
    if (!looked.has(key)) looked.set(key, await findMissing(db, object))
    const found = looked.get(key)
    if (found !== undefined) return found
  }
  return undefined
}

type Names = readonly [one: string, two: string, three: string, four: string]

const inVo = ([vo]: Names): NamedObject[] => [{ kind: 'vo', vo }]
const inGroup = ([vo, name]: Names): NamedObject[] => [{ kind: 'group', vo, name }]
const onResource = ([vo, name]: Names): NamedObject[] => [{ kind: 'resource', vo, name }]
const onFacility = ([name]: Names): NamedObject[] => [{ kind: 'facility', name }]

/** What a holder lies in or is, besides a person. */
const objectsOf: Readonly<Record<Holder, (names: Names) => NamedObject[]>> = {
  ...{ user: () => [], identity: () => [] },
  ...{ vo: inVo, member: inVo, group: inGroup, 'member-group': inGroup },
  ...{ resource: onResource, 'member-resource': onResource, facility: onFacility, 'user-facility': onFacility },
  host: ([facility, name]) => [{ kind: 'host', facility, name }],
  'group-resource': ([vo, group, other, resource]) => [
    { kind: 'group', vo, name: group },
    { kind: 'resource', vo: other, name: resource },
  ],
}

function namedBy({ holder, names: [one = '', two = '', three = '', four = ''] }: HolderReference): NamedObject[] {
  return objectsOf[holder]([one, two, three, four])
}
