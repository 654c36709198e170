import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listDeliveries, listStale, verifyAudit } from '../../store/index.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { read } from './application-people.ts'
import { targets } from './application-points.ts'
import { patienceMs } from './home.ts'
import { untilQuiet, type Scene } from './scene.ts'
import { askDatabase } from './system.ts'
import { askTemporal, failedTasks } from './temporal.ts'

const count = targets.vo.applicants.length

/** What the trail and the mails say of one life of all: nothing more, nothing twice. */
const wanted = {
  events: {
    'approve Application': 5 * count,
    'approved Application': 3 * count,
    'file Application': 4 * count,
    'remind Application': count,
    'request-changes Application': count,
    'resubmit Application': count,
    'status Membership': count,
    'verify Application': count,
    'withdraw Application': count,
  },
  mails: {
    'application approved': 3 * count,
    'application changes-requested': count,
    // Of the group nobody is told who is not known yet.
    'application filed': 2 * count,
    'application filed, untold': count,
    'application reminder': count,
    'application resubmitted': count,
    'application withdrawn, untold': count,
    digest: 1,
    verification: 2 * count,
  },
} as const

/** Lists what is not as people were told, once everything has been killed so often. */
export async function faultsAtEnd(scene: Scene, kills: number): Promise<readonly string[]> {
  const { home } = scene
  await untilQuiet(home)
  if (!(await waitUntil(async () => isDelivered(home), patienceMs))) return ['not everything is delivered']
  return [
    ...(await faultsOfEvents(home)),
    ...(await faultsOfActs(home)),
    ...(await faultsOfMemberships(home)),
    ...differing('mails', await countMails(home), wanted.mails),
    ...(await faultsOfMails(scene, kills)),
    ...(await faultsOfWorkflows(home)),
  ]
}

async function isDelivered(home: string): Promise<boolean> {
  const answer = await askDatabase(home, async (pool) => {
    const lines = await listDeliveries(pool, {})
    return (await listStale(pool)).length === 0 && lines.every(({ state }) => state === 'delivered')
  })
  return answer ?? false
}

async function faultsOfEvents(home: string): Promise<readonly string[]> {
  const counted = await read<{ what: string; times: number }>(
    home,
    `select action || ' ' || kind as what, count(*)::integer as times from event
     where kind in ('Application', 'Member', 'Membership') group by 1 order by 1`,
  )
  const verdict = await askDatabase(home, verifyAudit)
  return [
    ...differing('events', Object.fromEntries(counted.map(({ what, times }) => [what, times])), wanted.events),
    ...(verdict?.valid === true ? [] : [`the audit trail is not valid: ${JSON.stringify(verdict?.firstBad)}`]),
  ]
}

/** Everything that somebody did stands there once, and something came of it. */
async function faultsOfActs(home: string): Promise<readonly string[]> {
  const rows = await read<{ line: string }>(
    home,
    `select concat_ws(' ', 'act', act, 'of', actor, 'on', application_id, count(*), 'times:', string_agg(coalesce(outcome, 'unsettled'), ', ')) as line
     from application_act group by application_id, act, actor having count(*) > 1 or bool_or(outcome is distinct from 'done')`,
  )
  return rows.map(({ line }) => line)
}

/** A row of the VO, which has got another end once, and one of the group; a uid of one's own; and so it is delivered. */
async function faultsOfMemberships(home: string): Promise<readonly string[]> {
  const rows = await read<{ user: string; status: string; ofVo: number; past: number; ofGroup: number; uid: number }>(
    home,
    `select p.identities[1] as user, mb.status,
       (select count(*)::integer from membership m where (m.vo_id, m.person_id) = (mb.vo_id, p.id) and m.group_id is null) as "ofVo",
       (select count(*)::integer from membership_past m where (m.vo_id, m.person_id) = (mb.vo_id, p.id)) as past,
       (select count(*)::integer from membership m where (m.vo_id, m.person_id) = (mb.vo_id, p.id) and m.group_id is not null) as "ofGroup",
       (select v.value::integer from attribute_value v where (v.attribute, v.subject) = ('user-facility.uid', p.id)) as uid
     from member mb join person p on p.id = mb.person_id order by 1`,
  )
  const uids = new Map(rows.map(({ user, uid }) => [user, uid]))
  const right = targets.vo.applicants.map((user) => ({
    ...{ user, status: 'VALID', ofVo: 1, past: 1, ofGroup: 1, uid: uids.get(user) },
  }))
  const delivered = (await readDelivered(home)).map(({ identities: [user], status, attributes }) => ({
    ...{ user, status, uid: attributes['user-facility.uid'] },
  }))
  return [
    ...differing('memberships', rows, right),
    ...(new Set(uids.values()).size === right.length ? [] : [`uids are not unique: ${JSON.stringify([...uids])}`]),
    ...differing(
      'what is delivered',
      delivered,
      right.map(({ user, status, uid }) => ({ user, status, uid })),
    ),
  ]
}

interface Delivered {
  readonly resources: readonly { readonly members: readonly DeliveredMember[] }[]
}

interface DeliveredMember {
  readonly identities: readonly string[]
  readonly status: string
  readonly attributes: Readonly<Record<string, unknown>>
}

async function readDelivered(home: string): Promise<readonly DeliveredMember[]> {
  const text = await readFile(join(home, 'out', 'hpc', 'people', 'people.json'), 'utf8')
  const { resources } = JSON.parse(text) as Delivered
  return resources.flatMap(({ members }) => members)
}

/** Mails, and what nobody can be told as no address is known, by what they are about. */
async function countMails(home: string): Promise<Readonly<Record<string, number>>> {
  const rows = await read<{ what: string; times: number }>(
    home,
    `select what, count(*)::integer as times from (
       select concat_ws(' ', split_part(key, '/', 1), case when key like 'application/%' then split_part(key, '/', 3) end) as what from mail
       union all
       select split_part(key, '/', 1) || ' ' || split_part(key, '/', 3) || ', untold' from mail_draft
     ) told group by what order by what collate "C"`,
  )
  return Object.fromEntries(rows.map(({ what, times }) => [what, times]))
}

/** At most one mail of each key came; one is missing at most where nobody can know whether it came. */
export async function faultsOfMails({ home, smtp }: Scene, kills: number): Promise<readonly string[]> {
  const mails = await read<{ key: string; id: string; state: string }>(
    home,
    'select key, message_id as id, state from mail order by key',
  )
  const arrived = smtp.taken.map(({ messageId }) => messageId)
  const ids = new Set(mails.map(({ id }) => id))
  return [
    ...arrived.filter((id, place) => arrived.indexOf(id) !== place).map((id) => `mail ${id} came twice`),
    ...arrived.filter((id) => !ids.has(id)).map((id) => `mail ${id} came, and is not known`),
    ...mails
      .filter(({ id, state }) => (state === 'sent' ? !arrived.includes(id) : state !== 'unknown'))
      .map(({ key, state }) => `mail ${key} is ${state}, and did not come`),
    ...(mails.filter(({ state }) => state === 'unknown').length > kills ? ['too many mails may have come or not'] : []),
  ]
}

/** A workflow runs for each application that is open and for no other, and none had a task that failed. */
export async function faultsOfWorkflows(home: string): Promise<readonly string[]> {
  const open = await read<{ id: string }>(
    home,
    `select 'application/' || id as id from application where state in ('unverified', 'open', 'changes-requested', 'waiting') order by id`,
  )
  return askTemporal(home, async (client) => {
    const runs: string[] = []
    const running = async () => {
      runs.length = 0
      for await (const { workflowId } of client.workflow.list({
        query: `WorkflowType = 'application' and ExecutionStatus = 'Running'`,
      }))
        runs.push(workflowId)
      return runs.sort()
    }
    const right = open.map(({ id }) => id).sort()
    await waitUntil(async () => String(await running()) === String(right), patienceMs)
    return [...differing('running workflows', runs, right), ...(await failedTasks(client, 'application'))]
  })
}

export function differing(what: string, seen: unknown, right: unknown): readonly string[] {
  const [shown, expected] = [JSON.stringify(seen), JSON.stringify(right)]
  return shown === expected ? [] : [`${what}: ${shown}\ninstead of ${expected}`]
}
