import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import {
  listDeliveries,
  listStale,
  nextDue,
  readApplied,
  verifyAudit,
  type AuditVerdict,
  type Pool,
} from '../../store/index.ts'
import { askDatabase } from './system.ts'
import { filesBelow, withoutGeneration } from './watch.ts'

/** Where a run has ended: what people and programs can see of it. */
export interface Outcome {
  /** Content by path, generations left out; of what the destinations keep for themselves only the names. */
  readonly files: Readonly<Record<string, string>>
  readonly rows: readonly string[]
  /** Empty where the trail holds. */
  readonly audit: string
}

/** Tells whether a commit is in force everywhere and delivered. */
export async function hasConverged(
  home: string,
  { commit, deliveries }: { readonly commit: string; readonly deliveries: number },
): Promise<boolean> {
  const answer = await askDatabase(home, async (pool) => {
    const applied = Object.values(await readApplied(pool))
    if (applied.length < 2 || applied.some((at) => at !== commit)) return false
    const { rows } = await pool.query<{ waiting: number }>('select count(*)::integer as waiting from outbox')
    if (rows[0]?.waiting !== 0 || (await listStale(pool)).length > 0) return false
    const due = (await nextDue(pool, 'astro'))?.at
    if (due !== undefined && due.getTime() <= Date.now()) return false
    const lines = await listDeliveries(pool, {})
    return lines.length === deliveries && lines.every(({ state }) => state === 'delivered')
  })
  return answer ?? false
}

/** Reads where a run stands. */
export async function readOutcome(home: string): Promise<Outcome> {
  let reason = 'the database cannot be reached'
  const found = await askDatabase(home, async (pool) => {
    try {
      return { rows: await readRows(pool), audit: showVerdict(await verifyAudit(pool)) }
    } catch (error) {
      reason = String(error)
      return undefined
    }
  })
  return { files: await readFiles(join(home, 'out')), rows: found?.rows ?? [], audit: found?.audit ?? reason }
}

function showVerdict({ valid, firstBad }: AuditVerdict): string {
  return valid ? '' : JSON.stringify(firstBad)
}

async function readRows(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `select line from (
       select 'member ' || jsonb_build_array(vo.name, g.name, p.identities, m.origin, m.origin_name, m.status, m.expires)::text as line
       from membership m join vo on vo.id = m.vo_id join person p on p.id = m.person_id left join groups g on g.id = m.group_id
       union all
       select 'status ' || jsonb_build_array(vo.name, p.identities, m.status)::text
       from member m join vo on vo.id = m.vo_id join person p on p.id = m.person_id
       union all
       select 'past ' || jsonb_build_array(g.name, p.identities, m.origin)::text
       from membership_past m join person p on p.id = m.person_id left join groups g on g.id = m.group_id
       union all
       select 'value ' || jsonb_build_array(v.attribute, p.identities, f.name, v.value)::text
       from attribute_value v join person p on p.id = v.subject left join facility f on f.id = v.object
       where v.attribute like 'user%'
       union all
       select 'event ' || jsonb_build_array(action, kind, vo, name, count(*))::text from event group by action, kind, vo, name
     ) told order by line collate "C"`,
  )
  return rows.map(({ line }) => line)
}

async function readFiles(folder: string): Promise<Record<string, string>> {
  const paths = await filesBelow(folder)
  const read = async (path: string) => {
    const name = relative(folder, path)
    return [name, name.includes('.guildhall/') ? '' : withoutGeneration(await readFile(path, 'utf8'))] as const
  }
  return Object.fromEntries(await Promise.all(paths.map(read)))
}

/** Names every difference, one line each. */
export function differences(reference: Outcome, seen: Outcome): string[] {
  const names = [...new Set([...Object.keys(reference.files), ...Object.keys(seen.files)])]
  const files = names.flatMap((name) => {
    if (reference.files[name] === seen.files[name]) return []
    if (seen.files[name] === undefined) return [`${name} is missing`]
    if (reference.files[name] === undefined) return [`${name} should not be there`]
    return [`${name} differs:\n${seen.files[name]}`]
  })
  const wanted = new Set(reference.rows)
  const had = new Set(seen.rows)
  const missing = reference.rows.filter((row) => !had.has(row)).map((row) => `missing: ${row}`)
  const surplus = seen.rows.filter((row) => !wanted.has(row)).map((row) => `too much: ${row}`)
  return [
    ...files,
    ...missing,
    ...surplus,
    ...(seen.audit === '' ? [] : [`the audit trail is not valid: ${seen.audit}`]),
  ]
}
