import type { ListedClock, ListedHold, OverviewAnswer, StatusAnswer } from '../../core/model/answers.ts'
import type { Finding } from '../../core/model/finding.ts'
import { flatFinding } from '../../core/model/flat-finding.ts'
import { listOwnerless } from '../accounts.ts'
import { listClocks, nextDue } from '../clock.ts'
import { listDeliveries } from '../deliveries.ts'
import { listBlocks } from '../delivery-blocks.ts'
import { findHeldSnapshots } from '../held-snapshots.ts'
import { listHolds } from '../holds.ts'
import { countMails } from '../mail.ts'
import { readHeldChanges } from './held-changes.ts'
import { readHead, readRuns } from '../runs.ts'
import { listSnapshotFailures } from '../snapshots.ts'
import { readApplied } from '../state.ts'
import type { Db } from '../pool.ts'
import { listSyncStatus } from './sync-status.ts'

type FacilityLine = StatusAnswer['facilities'][number]
type ServiceLine = FacilityLine['services'][number]

/** Tells where everything stands at a moment: commits, holds, errors of the newest run and of snapshots, deliveries. */
export async function readStatus(db: Db, now: Date): Promise<StatusAnswer> {
  const [newest] = await readRuns(db, 1)
  const withoutOwner = await listOwnerless(db)
  const finished = newest?.finishedAt === undefined ? await newestFinished(db) : newest.findings
  return {
    head: (await readHead(db)) ?? null,
    applied: { ...(await readApplied(db)) },
    holds: await readHolds(db, now),
    ...(await readMail(db)),
    ...(await readClocks(db)),
    errors: [
      ...finished.filter(({ severity }) => severity === 'error'),
      ...(await listSnapshotFailures(db)),
      ...(await findHeldSnapshots(db)),
    ].map(flatFinding),
    ...(withoutOwner.length === 0 ? {} : { withoutOwner }),
    ...(await readUnread(db, now)),
    ...(await readBlocks(db)),
    facilities: await readFacilities(db),
  }
}

const longestUnreadMs = 24 * 60 * 60 * 1_000

async function readUnread(db: Db, now: Date): Promise<Pick<StatusAnswer, 'unread'>> {
  const unread = (await listSyncStatus(db)).flatMap(({ source, vo, group, failingSince: since, last }) =>
    since === null || now.getTime() - Date.parse(since) < longestUnreadMs
      ? []
      : [{ source, vo, group, since, error: last?.error ?? null }],
  )
  return unread.length === 0 ? {} : { unread }
}

async function readBlocks(db: Db): Promise<Pick<StatusAnswer, 'blocks'>> {
  const blocks = await listBlocks(db)
  return blocks.length === 0 ? {} : { blocks }
}

async function readMail(db: Db): Promise<Pick<StatusAnswer, 'mail'>> {
  const mail = await countMails(db)
  return mail.waiting + mail.unknown + mail.failed === 0 ? {} : { mail }
}

/** Each clock is a look at the VO's dates. */
const clocksShown = 100

async function readClocks(db: Db): Promise<Pick<StatusAnswer, 'clocks'>> {
  const vos = await listClocks(db)
  if (vos.length > clocksShown) return {}
  const clocks: ListedClock[] = []
  for (const vo of vos) {
    const { at, kind, count = 0 } = (await nextDue(db, vo)) ?? {}
    if (at !== undefined && kind !== undefined) clocks.push({ vo, at: at.toISOString(), kind, count })
  }
  return clocks.length === 0 ? {} : { clocks }
}

async function readHolds(db: Db, now: Date): Promise<ListedHold[]> {
  const holds = await listHolds(db, now)
  const isAny = holds.some(({ kind }) => kind !== 'commit')
  const changes = isAny ? await readHeldChanges(db) : new Map<string, never>()
  return holds.map(({ scope, digest, since, reasons }) => {
    const change = changes.get(digest)
    return { scope, digest, since: since.toISOString(), reasons, ...(change && { change }) }
  })
}

/** Names and counts for the start page. */
export async function readOverview(db: Db): Promise<OverviewAnswer> {
  const { rows: instances } = await db.query<NonNullable<OverviewAnswer['instance']>>(
    'select name, title from instance order by name limit 1',
  )
  const { rows: vos } = await db.query<OverviewAnswer['vos'][number]>(
    `select vo.name, vo.title,
       (select count(*)::integer from member m where m.vo_id = vo.id and m.status = 'VALID') as valid,
       (select count(*)::integer from member m where m.vo_id = vo.id and m.status <> 'VALID') as others,
       (select count(*)::integer from groups g where g.vo_id = vo.id and not g.is_members) as groups,
       (select count(*)::integer from resource r where r.vo_id = vo.id) as resources
     from vo order by vo.name`,
  )
  return { instance: instances[0] ?? null, vos }
}

/** While a run is at work, the errors are still those of the one before. */
async function newestFinished(db: Db): Promise<readonly Finding[]> {
  const { rows } = await db.query<{ findings: readonly Finding[] }>(
    'select findings from reconcile_run where finished_at is not null order by id desc limit 1',
  )
  return rows[0]?.findings ?? []
}

async function readFacilities(db: Db): Promise<FacilityLine[]> {
  const { rows } = await db.query<{ facility: string; service: string | null }>(
    `select f.name as facility, s.name as service
     from facility f
     left join facility_service fs on fs.facility_id = f.id
     left join service s on s.id = fs.service_id
     order by f.name, s.name`,
  )
  const deliveries = await listDeliveries(db)
  const facilities = [...new Set(rows.map(({ facility }) => facility))]
  return facilities.map((name) => ({
    name,
    services: rows
      .filter((row) => row.facility === name)
      .flatMap(({ service }) => service ?? [])
      .map((service): ServiceLine => ({
        name: service,
        destinations: deliveries
          .filter((line) => line.facility === name && line.service === service)
          .map(({ destination, state, generation, delivered }) => ({
            name: destination,
            state,
            generation,
            delivered,
          })),
      })),
  }))
}
