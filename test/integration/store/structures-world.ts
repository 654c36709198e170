import type { GroupStructure } from '../../../schemas/generated/config.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { GroupRecord } from '../../../core/structure/sourced-group.ts'
import {
  inTransaction,
  syncStructure,
  type Pool,
  type StructureInput,
  type StructureResult,
} from '../../../store/index.ts'
import { facility, group, instance, resource, service, source, vo, type Document } from '../../support/builders.ts'

export const tuesday = new Date('2026-01-06T12:00:00Z')

const structure: GroupStructure = { source: 'teams', key: '${id}', name: '${name}', every: 'PT1H' }

/** A VO whose groups below `teams` come from a source, and a resource for all of them. */
export function structuredWorld(...more: readonly Document[]): Document[] {
  return [
    ...[instance(), source('idp'), source('teams', { type: 'csv', vos: ['astro'] })],
    ...[service('passwd', { generator: 'passwd' }), facility('hpc', { services: { passwd: {} }, destinations: [] })],
    ...[vo('astro', { members: ['idp/ada', 'idp/grace', 'idp/linus'] }), group('astro/teams', { structure })],
    resource('astro/all', { services: ['passwd'], groups: [{ group: 'teams', subgroups: true }] }),
    ...more,
  ]
}

/** A record as `key name parent`. */
export function record(text: string, more: Partial<GroupRecord> = {}): GroupRecord {
  const [key = '', name = '', parent] = text.split(' ')
  return { key, name, includes: [], ...(parent === undefined ? {} : { parent }), ...more }
}

/** Lets the source say which groups there are below `teams`. */
export async function readStructure(
  pool: Pool,
  records: readonly (GroupRecord | string)[],
  { read, ...more }: Partial<Omit<StructureInput, 'read'>> & { readonly read?: Partial<StructureInput['read']> } = {},
): Promise<StructureResult> {
  const said = {
    ...{ count: records.length, isComplete: true, unusable: new Set<string>(), notes: [] },
    records: records.map((one) => (typeof one === 'string' ? record(one) : one)),
    ...read,
  }
  return inTransaction(pool, async (tx) =>
    syncStructure(tx, {
      ...{ source: 'teams', vo: 'astro', group: 'teams', layout: 'nested', absent: { runs: 1 } },
      ...{ compileSchema: compileCheck, now: tuesday, read: said },
      ...more,
    }),
  )
}

/** What a run did, in a line. */
export function told(result: StructureResult): string {
  const { outcome } = result
  const notes = result.notes.map(({ key, reason }) => `${key}:${reason}`)
  const counts = outcome === 'changed' ? [`+${result.added} ~${result.changed} -${result.removed}`] : []
  return [outcome, ...counts, ...notes].join(' ')
}

/** The groups of a VO as `name=id`, in order. */
export async function groupsIn(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `select g.name || coalesce(' (' || g.title || ')', '') || coalesce(' ' || (
        select string_agg(o.name, ',') from edge e join groups o on o.id = e.below where e.above = g.id and e.kind = 'include'), '') as line
     from groups g where not g.is_members order by g.name collate "C"`,
  )
  return rows.map(({ line }) => line)
}

export async function idOf(pool: Pool, name: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ id: number }>('select id from groups where name = $1', [name])
  return rows[0]?.id
}

/** Puts somebody into a group, as a manager does. */
export async function putIn(pool: Pool, name: string, identity: string): Promise<void> {
  await pool.query(
    `insert into membership (vo_id, group_id, person_id, origin, since)
     select g.vo_id, g.id, i.person_id, 'manager', $3 from groups g, identity i where g.name = $1 and i.ref = $2`,
    [name, identity, tuesday],
  )
}

/** Who is directly in which group. */
export async function membersByGroup(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `select g.name || ': ' || string_agg(p.identities[1], ' ' order by p.identities[1]) as line
     from membership m join groups g on g.id = m.group_id join person p on p.id = m.person_id group by g.name order by 1`,
  )
  return rows.map(({ line }) => line)
}

/** Who reaches which resource by whose group. */
export async function assignmentsIn(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `select r.name || ' ' || g.name as line from resource_group rg
     join resource r on r.id = rg.resource_id join groups g on g.id = rg.group_id order by 1`,
  )
  return rows.map(({ line }) => line)
}
