import { listMembers } from '../../store/index.ts'
import { read } from './application-people.ts'
import type { Loss } from './losses.ts'
import { readOutcome, type Outcome } from './outcome.ts'
import { askDatabase } from './system.ts'
import { askTemporal, failedTasks } from './temporal.ts'

/** How many runs are in the database, of all syncs. */
export interface Runs {
  readonly ended: number
  /** Of which something came. */
  readonly changed: number
}

export async function countRuns(home: string): Promise<Runs> {
  const [runs] = await read<Runs>(
    home,
    `select count(*)::integer as ended, count(*) filter (where outcome = 'changed')::integer as changed from sync_run`,
  )
  return runs ?? { ended: 0, changed: 0 }
}

/**
 * Reads where a run has ended, with what syncs have made of it: what changed something, what was told of whom, who is missing. Where
 * the directory is, and by which keys it knows its groups, is another thing each time.
 */
export async function readSynced(home: string): Promise<Outcome> {
  const outcome = await readOutcome(home)
  const rows = await read<{ line: string }>(
    home,
    `select 'run ' || jsonb_build_array(
         row_number() over (order by r.id), s.source, r.outcome, r.subjects, r.added, r.changed, r.removed, r.skipped, r.groups)::text as line
     from sync_run r join sync s on s.id = r.sync_id where r.outcome not in ('failed', 'unchanged')
     union all
     select 'missing ' || jsonb_build_array(p.identities, a.runs)::text
     from sync_absence a join person p on p.id = a.person_id
     union all
     select 'told ' || jsonb_build_array(e.action, e.kind, e.vo, e.name, d.personal - 'key', count(*))::text
     from event e join event_detail d on d.event_id = e.id where e.kind <> 'Source'
     group by e.action, e.kind, e.vo, e.name, d.personal - 'key'`,
  )
  const lists = await readLists(home)
  return { ...outcome, rows: [...outcome.rows, ...rows.map(({ line }) => line).sort(), ...lists] }
}

/** The members of every group, as the command lists them. */
async function readLists(home: string): Promise<readonly string[]> {
  const groups = await read<{ name: string }>(home, 'select name from groups order by name')
  const lists = await askDatabase(home, async (pool) => {
    const listed: string[] = []
    for (const { name } of groups)
      listed.push(`list ${name} ${JSON.stringify(await listMembers(pool, { vo: 'astro', group: name }))}`)
    return listed
  })
  return lists ?? ['the members cannot be read']
}

/** Lists what is wrong with how the runs went, whatever they came to. */
export async function faultsOfRuns(home: string, loss: Loss): Promise<readonly string[]> {
  const rows = await read<{ line: string }>(
    home,
    `select concat_ws(' ', 'a run of', s.source, 'of', r.at, 'is there', count(*), 'times') as line
     from sync_run r join sync s on s.id = r.sync_id group by s.source, s.id, r.at having count(*) > 1
     union all
     select concat_ws(' ', 'a run of', s.source, r.outcome, r.error) from sync_run r join sync s on s.id = r.sync_id
     where r.outcome in ('held', 'incomplete') or (r.outcome = 'failed' and $1 <> 'slapd killed')`,
    [loss],
  )
  const failed = await askTemporal(home, async (client) => [
    ...(await failedTasks(client, 'sync')),
    ...(await failedTasks(client, 'due')),
  ])
  return [...rows.map(({ line }) => line), ...failed]
}
