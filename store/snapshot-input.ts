import type { ConfigObject } from '../core/model/config-object.ts'
import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type { MemberStatus } from '../core/model/state.ts'
import { GuildhallError } from '../core/errors.ts'
import { walk } from './cursor.ts'
import type { Db, Tx } from './pool.ts'
import {
  accountsQuery,
  groupMembersQuery,
  groupsQuery,
  isDemanded,
  leftOutQuery,
  membersQuery,
  resourcesQuery,
  type Place,
} from './snapshot-queries.ts'

/** What the service's generator wants to know. */
export interface GeneratorNeeds {
  readonly carriesStatus: boolean
  readonly requires: readonly string[]
  readonly uses: readonly string[]
}

interface StoredAccount {
  readonly identities: readonly string[]
  readonly status: MemberStatus
  readonly banned: boolean
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
  }[]
  readonly groups: readonly { readonly vo: string; readonly name: string; readonly attributes: JsonObject }[]
  accounts(): AsyncIterable<StoredAccount>
  members(): AsyncIterable<{ readonly resource: number; readonly account: StoredAccount }>
  groupMembers(): AsyncIterable<{ readonly group: number; readonly account: StoredAccount }>
  /** People with access whom a missing attribute keeps out of this service. */
  leftOut(): AsyncIterable<LeftOut>
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
    ...peopleOf(tx, place, { resourceIds, groupIds }),
  }
}

/** One walk of all accounts also finds those who are left out, so that nobody has to ask for them again. */
function peopleOf(
  tx: Tx,
  place: Place,
  { resourceIds, groupIds }: { readonly resourceIds: readonly number[]; readonly groupIds: readonly number[] },
): Pick<SnapshotInput, 'accounts' | 'groupMembers' | 'leftOut' | 'members'> {
  const isIncomplete = incompleteness(place)
  let known: readonly LeftOut[] | undefined
  async function* accounts(): AsyncIterable<StoredAccount> {
    const found: LeftOut[] = []
    for await (const rows of walk(tx, accountsQuery(place))) {
      for (const row of rows) {
        if (isIncomplete(row)) found.push(leftOutOf(row, place))
        else yield accountOf(row, place)
      }
    }
    known = found
  }
  async function* leftOut(): AsyncIterable<LeftOut> {
    const query = leftOutQuery(place)
    if (known !== undefined) yield* known
    else if (query !== undefined)
      for await (const rows of walk(tx, query)) for (const row of rows) yield leftOutOf(row, place)
  }
  return {
    accounts,
    leftOut,
    async *members() {
      for await (const rows of walk(tx, membersQuery(place, resourceIds))) {
        for (const row of rows) {
          if (!isIncomplete(row)) yield { resource: Number(row[0]), account: accountOf(row, place) }
        }
      }
    },
    async *groupMembers() {
      for await (const rows of walk(tx, groupMembersQuery(place, groupIds))) {
        for (const row of rows) {
          if (!isIncomplete(row)) yield { group: Number(row[0]), account: accountOf(row, place) }
        }
      }
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
    const ofPerson = source.startsWith('user.') || source.startsWith('user-facility.')
    return { name, source, ofPerson, required: required.has(name), fallback: defaults.get(source) }
  })
  return { facilityId: here.facilityId, serviceId: here.serviceId, carriesStatus: needs.carriesStatus, attributes }
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
    attributes: thingsOf(held, place, 'resource.'),
  }))
  return { resources, resourceIds: rows.map(({ id }) => id) }
}

async function readGroups(tx: Tx, place: Place): Promise<{ groups: SnapshotInput['groups']; groupIds: number[] }> {
  const { text, values } = groupsQuery(place)
  const { rows } = await tx.query<{ id: number; vo: string; name: string; held: JsonObject }>(text, values)
  const groups = rows.map(({ vo, name, held }) => ({ vo, name, attributes: thingsOf(held, place, 'group.') }))
  return { groups, groupIds: rows.map(({ id }) => id) }
}

/** Values of a resource or group by the names that were asked for. */
function thingsOf(held: JsonObject, { attributes }: Place, prefix: string): JsonObject {
  const entries = attributes.flatMap(({ name, source, fallback }): [string, JsonValue][] => {
    if (!source.startsWith(prefix)) return []
    const value = held[source] ?? fallback
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(entries)
}

/** Columns as PostgreSQL writes them: index, identities, status, then one value per attribute of a person. */
type Row = readonly (string | null)[]

function accountOf(row: Row, { attributes }: Place): StoredAccount {
  const values: Record<string, JsonValue> = {}
  let column = 3
  for (const { name, ofPerson, fallback } of attributes) {
    if (!ofPerson) continue
    const text = row[column] ?? undefined
    column += 1
    const value = text === undefined ? fallback : jsonOf(text)
    if (value !== undefined) values[name] = value
  }
  return { identities: textsOf(row[1]), status: statusOf(row[2]), banned: false, attributes: values }
}

function incompleteness({ attributes }: Place): (row: Row) => boolean {
  const demanded = attributes
    .filter(({ ofPerson }) => ofPerson)
    .flatMap((attribute, at) => (isDemanded(attribute) ? [at + 3] : []))
  return (row) => demanded.some((column) => (row[column] ?? null) === null)
}

interface LeftOut {
  readonly kind: 'left-out'
  readonly user: string
  readonly reason: string
}

function leftOutOf(row: Row, { attributes }: Place): LeftOut {
  const missing = attributes
    .filter(({ ofPerson }) => ofPerson)
    .filter((attribute, at) => isDemanded(attribute) && (row[at + 3] ?? null) === null)
  const names = missing.map(({ name, source }) => (name === source ? name : `${name} (${source} here)`))
  return { kind: 'left-out', user: textsOf(row[1])[0] ?? '', reason: `has no ${names.join(', ')}` }
}

/** Nearly always one plain identity, which is quickly told; others may be quoted, with backslashes. */
function textsOf(text: string | null | undefined): readonly string[] {
  if (text === null || text === undefined) return []
  if (!text.includes(',') && !text.includes('"')) return [text.slice(1, -1)]
  const parts = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)
  return [...parts].map(([, quoted, plain = '']) => quoted?.replace(/\\(.)/g, '$1') ?? plain)
}

function statusOf(value: unknown): MemberStatus {
  return value === 'VALID' || value === 'EXPIRED' || value === 'INVALID' ? value : 'DISABLED'
}

function jsonOf(text: string): JsonValue {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- jsonb is JSON
  const value: JsonValue = JSON.parse(text)
  return value
}
