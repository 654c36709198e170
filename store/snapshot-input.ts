import { isPersonal } from '../core/attributes/holders.ts'
import { parseAttribute } from '../core/config/references.ts'
import { groupBy } from '../core/model/group-by.ts'
import type { ConfigObject } from '../core/model/config-object.ts'
import type { JsonObject, JsonValue } from '../core/model/json.ts'
import { GuildhallError } from '../core/errors.ts'
import { walk, type Query, type Row } from './copy-out.ts'
import type { Db, Tx } from './pool.ts'
import { createReader, type LeftOut, type StoredAccount } from './snapshot-accounts.ts'
import {
  accountsQuery,
  facilityQuery,
  groupMembersQuery,
  groupsOnResourcesQuery,
  groupsQuery,
  leftOutQuery,
  membersQuery,
  resourcesQuery,
  sourcesOf,
  type Place,
} from './snapshot-queries.ts'

/** What the service's generator wants to know. */
export interface GeneratorNeeds {
  readonly carriesStatus: boolean
  readonly tellsServiceAccounts?: boolean
  readonly requires: readonly string[]
  readonly uses: readonly string[]
}

/** Some thousand at a time. */
type Batches<T> = AsyncIterable<readonly T[]>

/** A group, with what is asked of it. */
interface GroupHere {
  readonly vo: string
  readonly name: string
  readonly attributes: JsonObject
}

/** What a generator reads, as connectors/generator.ts describes it, and who is left out. */
export interface SnapshotInput {
  readonly facility: string
  readonly service: string
  readonly options: JsonObject
  readonly templates: Readonly<Record<string, string>>
  readonly resources: readonly {
    readonly vo: string
    readonly name: string
    readonly capabilities: readonly string[]
    readonly attributes: JsonObject
    readonly groups?: readonly GroupHere[]
  }[]
  readonly groups: readonly GroupHere[]
  /** Of the facility, and its machines; only where the service names such attributes. */
  readonly attributes?: JsonObject
  readonly hosts?: readonly { readonly name: string; readonly attributes: JsonObject }[]
  /** The attributes that are asked for, after the facility's \`use\`. */
  readonly needs: readonly string[]
  accounts(): Batches<StoredAccount>
  members(): Batches<{ readonly resource: number; readonly account: StoredAccount }>
  groupMembers(): Batches<{ readonly group: number; readonly account: StoredAccount }>
  /** People with access whom a missing attribute, or an operator, keeps out of this service. */
  leftOut(): AsyncIterable<LeftOut>
  /** How many of each kind the last walk met, those who are left out too; of no walk at all, the groups and resources. */
  readonly given: () => Readonly<Record<string, number>>
}

/** A service as one facility has it. */
export interface ServiceHere {
  readonly facilityId: number
  readonly serviceId: number
  readonly options: JsonObject
  readonly spec: ConfigObject<'Service'>['spec']
  readonly use: Readonly<Record<string, string>>
}

/** Reads a service of a facility; undefined where the facility does not have it (any more). */
export async function readServiceHere(
  db: Db,
  { facility, service }: { readonly facility: string; readonly service: string },
): Promise<ServiceHere | undefined> {
  const { rows } = await db.query<ServiceHere>(
    `select fs.facility_id as "facilityId", fs.service_id as "serviceId", fs.options, s.spec,
       coalesce(f.spec->'use', '{}') as use
     from facility_service fs join facility f on f.id = fs.facility_id join service s on s.id = fs.service_id
     where f.name = $1 and s.name = $2`,
    [facility, service],
  )
  return rows[0]
}

/** Reads what a generator needs; the transaction must be repeatable read, and the iterables live in it. */
export async function readSnapshotInput(
  tx: Tx,
  { facility, service }: { readonly facility: string; readonly service: string },
  needs: GeneratorNeeds,
): Promise<SnapshotInput> {
  const here = await readServiceHere(tx, { facility, service })
  if (here === undefined) {
    throw new GuildhallError(
      'OBJECT_UNKNOWN',
      `Cannot take a snapshot of service "${service}": facility "${facility}" does not have it`,
      {
        facts: { facility, service },
      },
    )
  }
  const place = await placeOf(tx, here, needs)
  const { resources, resourceIds } = await readResources(tx, place)
  const { groups, groupIds } = await readGroups(tx, place)
  return {
    ...{ facility, service, options: here.options, templates: here.spec.template?.files ?? {}, resources, groups },
    ...(await readFacility(tx, place)),
    needs: place.attributes.map(({ source }) => source),
    ...peopleOf(tx, place, { resourceIds, groupIds }),
  }
}

/** How many rows the last walk of each kind met. */
interface Tally {
  readonly count: <T>(kind: string, walked: Batches<T>) => Batches<T>
  readonly given: () => Readonly<Record<string, number>>
}

function createTally(things: Readonly<Record<string, number>>): Tally {
  const counts: Record<string, number> = {}
  return {
    count: async function* (kind, walked) {
      let met = 0
      for await (const rows of walked) {
        met += rows.length
        yield rows
      }
      counts[kind] = met
    },
    given: () => (Object.keys(counts).length === 0 ? things : { ...counts }),
  }
}

/** One walk of all accounts also finds those who are left out, so that nobody has to ask for them again. */
function peopleOf(
  tx: Tx,
  place: Place,
  { resourceIds, groupIds }: { readonly resourceIds: readonly number[]; readonly groupIds: readonly number[] },
): Pick<SnapshotInput, 'accounts' | 'given' | 'groupMembers' | 'leftOut' | 'members'> {
  const { isIncomplete, accountOf, leftOutOf, indexOf } = createReader(place)
  const { count, given } = createTally({ groups: groupIds.length, resources: resourceIds.length })
  let known: readonly LeftOut[] | undefined
  async function* accounts(): Batches<StoredAccount> {
    const found: LeftOut[] = []
    for await (const rows of count('accounts', walk(tx, accountsQuery(place)))) {
      const complete = rows.filter((row) => !isIncomplete(row))
      if (complete.length < rows.length) found.push(...rows.filter(isIncomplete).map(leftOutOf))
      yield complete.map(accountOf)
    }
    known = found
  }
  async function* leftOut(): AsyncIterable<LeftOut> {
    const query = leftOutQuery(place)
    if (known !== undefined) yield* known
    else if (query !== undefined) for await (const rows of walk(tx, query)) yield* rows.map(leftOutOf)
  }
  async function* complete(kind: string, query: Query): Batches<Row> {
    for await (const rows of count(kind, walk(tx, query))) yield rows.filter((row) => !isIncomplete(row))
  }
  return {
    accounts,
    given,
    leftOut,
    async *members() {
      for await (const rows of complete('members', membersQuery(place, resourceIds)))
        yield rows.map((row) => ({ resource: indexOf(row), account: accountOf(row) }))
    },
    async *groupMembers() {
      for await (const rows of complete('groupMembers', groupMembersQuery(place, groupIds)))
        yield rows.map((row) => ({ group: indexOf(row), account: accountOf(row) }))
    },
  }
}

async function placeOf(tx: Tx, here: ServiceHere, needs: GeneratorNeeds): Promise<Place> {
  const required = new Set([...needs.requires, ...(here.spec.requires ?? [])])
  const asked = [...new Set([...required, ...needs.uses])].sort()
  const { rows } = await tx.query<{ name: string; value: JsonValue }>(
    `select name, spec->'default' as value from attribute_definition where spec ? 'default'`,
  )
  const defaults = new Map(rows.map(({ name, value }) => [name, value]))
  const attributes = asked.map((name) => {
    const source = here.use[name] ?? name
    const ofPerson = isPersonal(parseAttribute(source).holder)
    return { name, source, ofPerson, required: required.has(name), fallback: defaults.get(source) }
  })
  const { rows: found } = await tx.query<Pick<Place, 'hasBans' | 'hasBlocks' | 'hasLevels' | 'tellsAccounts'>>(
    `select exists (select from ban) as "hasBans",
       exists (
         select from delivery_block where person_id is not null and (facility_id is null or facility_id = $1)) as "hasBlocks",
       exists (select from resource where accepts is not null and facility_id = $1) as "hasLevels",
       $2 and exists (select from account_person) as "tellsAccounts"`,
    [here.facilityId, needs.tellsServiceAccounts === true],
  )
  const { facilityId, serviceId } = here
  const { hasBans = false, hasBlocks = false, hasLevels = false, tellsAccounts = false } = found[0] ?? {}
  return {
    facilityId,
    serviceId,
    shows: shownBy(here, needs),
    hasBans,
    hasBlocks,
    hasLevels,
    tellsAccounts,
    attributes,
  }
}

/** Files that say who is expired or banned show such people, unless the service says otherwise; others would let them in. */
function shownBy({ spec }: ServiceHere, { carriesStatus }: GeneratorNeeds): Place['shows'] {
  const { expired = true, banned = true } = spec.deliver ?? {}
  return { expired: carriesStatus && expired, banned: carriesStatus && banned }
}

async function readResources(
  tx: Tx,
  place: Place,
): Promise<{ resources: SnapshotInput['resources']; resourceIds: number[] }> {
  const { text, values } = resourcesQuery(place)
  const { rows } = await tx.query<{ id: number; vo: string; name: string; capabilities: string[]; held: JsonObject }>(
    text,
    values,
  )
  const resources = rows.map(({ vo, name, capabilities, held }) => ({
    vo,
    name,
    capabilities,
    attributes: thingsOf(held, place, ['resource', 'vo']),
  }))
  const groups = await readGroupsOnResources(tx, place)
  const ids = rows.map(({ id }) => id)
  if (groups === undefined) return { resources, resourceIds: ids }
  return {
    resources: resources.map((resource, index) => ({ ...resource, groups: groups.get(ids[index] ?? 0) ?? [] })),
    resourceIds: ids,
  }
}

async function readGroups(tx: Tx, place: Place): Promise<{ groups: SnapshotInput['groups']; groupIds: number[] }> {
  const { text, values } = groupsQuery(place)
  const { rows } = await tx.query<{ id: number; vo: string; name: string; held: JsonObject }>(text, values)
  const groups = rows.map(({ vo, name, held }) => ({ vo, name, attributes: thingsOf(held, place, ['group', 'vo']) }))
  return { groups, groupIds: rows.map(({ id }) => id) }
}

/** By resource; undefined where the service asks for nothing that groups have on resources. */
async function readGroupsOnResources(
  tx: Tx,
  place: Place,
): Promise<ReadonlyMap<number, readonly GroupHere[]> | undefined> {
  if (!sourcesOf(place).some((source) => source.startsWith('group-resource.'))) return undefined
  const { text, values } = groupsOnResourcesQuery(place)
  const { rows } = await tx.query<{ resource: number; vo: string; name: string; held: JsonObject }>(text, values)
  const byResource = groupBy(rows, ({ resource }) => resource)
  return new Map(
    [...byResource].map(([resource, groups]) => [
      resource,
      groups.map(({ vo, name, held }) => ({ vo, name, attributes: thingsOf(held, place, ['group-resource']) })),
    ]),
  )
}

/** What is asked of the facility itself and of its hosts; nothing of either costs nothing. */
async function readFacility(tx: Tx, place: Place): Promise<Pick<SnapshotInput, 'attributes' | 'hosts'>> {
  if (!sourcesOf(place).some((source) => /^(facility|host)[.]/.test(source))) return {}
  const { text, values } = facilityQuery(place)
  const { rows } = await tx.query<{ name: string | null; held: JsonObject }>(text, values)
  return {
    attributes: thingsOf(rows[0]?.held ?? {}, place, ['facility']),
    hosts: rows.flatMap(({ name, held }) =>
      name === null ? [] : [{ name, attributes: thingsOf(held, place, ['host']) }],
    ),
  }
}

/** Values of things by the names that were asked for. */
function thingsOf(held: JsonObject, { attributes }: Place, holders: readonly string[]): JsonObject {
  const entries = attributes.flatMap(({ name, source, fallback }): [string, JsonValue][] => {
    if (!holders.includes(parseAttribute(source).holder)) return []
    const value = held[source] ?? fallback
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(entries)
}
