import { configKinds, type ConfigKind } from '../../core/model/config-object.ts'
import type { DocumentChange, Plan } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { writeFacilityParts } from './facilities.ts'
import { writeObjects } from './objects.ts'
import { keepFormerNames } from './objects-into-past.ts'
import { settleOffers } from './offers.ts'
import { bindUserDocuments, releaseUserDocuments } from './people.ts'
import { followRenames } from './renames.ts'
import { writeResourceParts } from './resources.ts'
import { writeRules } from './rules/write-rules.ts'
import { noteSourced, resourcesAwaiting } from './structures/sourced-groups.ts'
import { ensureMembersGroups, writeStructure } from './structure.ts'
import { writeTerms } from './terms.ts'
import { dropValues, writeConfigValues } from './values/config-values.ts'
import { noteMade } from './values/note-made.ts'
import { claimUniqueOf } from './values/unique-values.ts'

/** What the written documents touch. */
export interface WrittenDocuments {
  readonly groups: readonly number[]
  readonly resources: readonly number[]
  readonly facilities: readonly number[]
  readonly vos: readonly number[]
  readonly persons: readonly number[]
  /** Attribute or Service documents say something new about who must have or gets which value. */
  readonly definitionsChanged: boolean
  /** Attributes whose documents are others. */
  readonly attributes: readonly string[]
}

interface Setting {
  readonly asOf: Date
  readonly offers: Plan['offers']
}

/** Writes the added, changed and moved documents of a plan, and everything derived from them; those that go let go of what others may take. */
export async function writeDocuments(
  tx: Tx,
  documents: readonly DocumentChange[],
  setting: Setting,
): Promise<WrittenDocuments> {
  const { asOf } = setting
  const written = new Map<ConfigKind, number[]>()
  // Before other documents are bound: one of them may take over the person.
  const freed = await releaseUserDocuments(tx, leavingOf(documents, 'User'))
  for (const kind of ['Group', 'Resource', 'Facility', 'VO'] as const) {
    await dropValues(tx, kind, leavingOf(documents, kind))
  }
  await keepFormerNames(tx, documents, asOf)
  for (const kind of configKinds) {
    const changes = documents.filter((change) => change.kind === kind && change.want !== undefined)
    if (changes.length > 0) written.set(kind, await writeObjects(tx, kind, changes))
    if (kind === 'Group') await noteSourced(tx, changes, written.get('Group') ?? [])
    if (kind === 'VO') await writeTerms(tx, written.get('VO') ?? [], asOf)
    if (kind === 'User') await bindUserDocuments(tx, written.get('User') ?? [], asOf)
  }
  await followRenames(tx, documents)
  await writeRules(
    tx,
    documents.flatMap(({ kind, want }) => (kind === 'Group' && want !== undefined ? [want] : [])),
    asOf,
  )
  const of = (kind: ConfigKind) => written.get(kind) ?? []
  const ends = await writeGroupParts(tx, documents, { vos: of('VO'), groups: of('Group'), asOf })
  const touched = await writePlaces(
    tx,
    {
      facilities: of('Facility'),
      resources: [...new Set([...of('Resource'), ...(await resourcesAwaiting(tx, documents))])],
      services: of('Service'),
    },
    setting,
  )
  const persons = [...new Set([...freed, ...(await personsOf(tx, of('User')))])]
  await writeConfigValues(tx, 'User', persons)
  await writeConfigValues(tx, 'VO', of('VO'))
  await writeConfigValues(tx, 'Group', of('Group'))
  const attributes = namesOf(documents, 'Attribute')
  await noteMade(tx, attributes)
  await claimUniqueOf(tx, attributes)
  const definitionsChanged = documents.some(({ kind }) => kind === 'Attribute' || kind === 'Service')
  return { groups: [...of('Group'), ...ends], ...touched, vos: of('VO'), persons, definitionsChanged, attributes }
}

async function writeGroupParts(
  tx: Tx,
  documents: readonly DocumentChange[],
  { vos, groups, asOf }: { readonly vos: readonly number[]; readonly groups: readonly number[]; readonly asOf: Date },
): Promise<number[]> {
  await ensureMembersGroups(tx, vos)
  const leaving = leavingOf(documents, 'Group')
  if (vos.length + groups.length + leaving.length === 0) return []
  const { rows } = await tx.query<{ vo_id: number }>(
    'select distinct vo_id from groups where id = any($1) or vo_id = any($2)',
    [[...groups, ...leaving], vos],
  )
  return writeStructure(tx, { vos: rows.map(({ vo_id }) => vo_id), leaving, asOf })
}

async function writePlaces(
  tx: Tx,
  written: {
    readonly facilities: readonly number[]
    readonly resources: readonly number[]
    readonly services: readonly number[]
  },
  { asOf, offers }: Setting,
): Promise<{ readonly facilities: number[]; readonly resources: number[] }> {
  const { facilities, resources, services } = written
  await writeFacilityParts(tx, facilities)
  await writeResourceParts(tx, resources, asOf)
  await writeConfigValues(tx, 'Facility', facilities)
  await writeConfigValues(tx, 'Resource', resources)
  const moved = await settleOffers(tx, { resources, facilities, offers, at: asOf })
  const { rows } = await tx.query<{ facility_id: number }>(
    'select distinct facility_id from facility_service where service_id = any($1)',
    [services],
  )
  return {
    facilities: [...new Set([...facilities, ...rows.map(({ facility_id }) => facility_id)])],
    resources: [...new Set([...resources, ...moved])],
  }
}

async function personsOf(tx: Tx, documents: readonly number[]): Promise<number[]> {
  if (documents.length === 0) return []
  const { rows } = await tx.query<{ person_id: number }>(
    'select distinct person_id from user_document where id = any($1) and person_id is not null',
    [documents],
  )
  return rows.map(({ person_id }) => person_id)
}

function leavingOf(documents: readonly DocumentChange[], leaving: ConfigKind): number[] {
  return documents.flatMap(({ kind, action, have }) =>
    kind === leaving && action === 'remove' && have !== undefined ? [have.id] : [],
  )
}

function namesOf(documents: readonly DocumentChange[], kind: ConfigKind): string[] {
  return documents.filter((change) => change.kind === kind).map(({ name }) => name)
}
