import { staff } from './application-documents.ts'
import { keyIn } from '../support/send-mail.ts'
import { askApi } from '../support/ask-api.ts'
import type { TestSmtp } from '../support/smtp.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { askDatabase } from './system.ts'
import { isReady, socketOf } from './readiness.ts'

/** People who apply for the same. */
export interface Applying {
  readonly applicants: readonly string[]
  readonly group?: string
  readonly kind?: 'extension' | 'initial'
}

/** What is done to an application by its number. */
type Doing = 'approve' | 'reject' | 'request-changes' | 'resubmit' | 'withdraw'

/** People who use a system that may die while they do. */
export interface People {
  /** Each files an application, all at once. */
  file(applying: Applying): Promise<void>
  /** Each confirms an address by the key that came by mail. */
  confirm(applying: Applying): Promise<void>
  /** Somebody does something to each of the applications, all at once: `self` is whoever applied. */
  each(applying: Applying, doing: Doing, as: string): Promise<void>
  /** How the applications stand, in one word where all stand alike. */
  stand(applying: Applying): Promise<string>
  /** What was done to them, and what came of it. */
  acts(applying: Applying): Promise<readonly string[]>
  /** Whoever decides first lets somebody else decide about the applications. */
  delegate(applying: Applying, delegate: string): Promise<void>
  /** Lets the applications have waited for so many days longer, and be looked at. */
  wait(applying: Applying, days: number): Promise<void>
  /** Lets the applications have waited for so many days in so many seconds; nobody looks. */
  comeDue(applying: Applying, days: number, inSeconds: number): Promise<void>
}

interface Place {
  readonly home: string
  readonly smtp: TestSmtp
}

interface Request {
  readonly path: string
  readonly body: object
  /** SQL that tells by a row that the request was heard. */
  readonly heard: string
  /** What is true of the row once something came of it. */
  readonly settled?: string
  readonly parameters: readonly unknown[]
}

const patienceMs = 120_000
const answersOf = (login: string) => ({ login, email: `${login}@example.org`, why: 'I want to' })
const loginOf = (identity: string) => identity.replace('idp/', '')

/** Builds what people do to a system in a home. */
export function createPeople({ home, smtp }: Place): People {
  const numberOf = async (identity: string, applying: Applying): Promise<number> => {
    const rows = await read<{ id: number }>(home, `select id from application where ${isFor}`, [
      identity,
      ...targetOf(applying),
    ])
    const [{ id } = { id: 0 }] = rows
    return id
  }
  const forEach = async ({ applicants }: Applying, work: (identity: string) => Promise<void>): Promise<void> => {
    await Promise.all(applicants.map(work))
  }
  return {
    file: async (applying) =>
      forEach(applying, async (identity) => {
        const { group, kind = 'initial' } = applying
        const answers = group === undefined && kind === 'initial' ? answersOf(loginOf(identity)) : {}
        const parameters = [identity, ...targetOf(applying)]
        const body = { vo: 'astro', kind, as: identity, answers, ...(group === undefined ? {} : { group }) }
        const heard = `select from application where ${isFor}`
        await insist(home, { path: '/applications/submit', body, heard, parameters })
      }),
    confirm: async (applying) =>
      forEach(applying, async (identity) => {
        const recipient = `${loginOf(identity)}@example.org`
        const keys = () =>
          smtp.taken.filter((mail) => mail.recipient === recipient).map(({ content }) => keyIn(content))
        if (!(await waitUntil(() => keys().some((key) => key !== ''), patienceMs)))
          throw new Error(`no key came to ${recipient}`)
        const id = await numberOf(identity, applying)
        const heard = `select from application_act where application_id = $1 and act = 'verify'`
        const body = { key: keys().findLast((key) => key !== '') }
        await insist(home, { path: '/verifications', body, heard, settled, parameters: [id] })
      }),
    each: async (applying, doing, as) =>
      forEach(applying, async (identity) => {
        const application = await numberOf(identity, applying)
        const actor = as === 'self' ? identity : as
        const answers = doing === 'resubmit' ? { answers: { ...answersOf(loginOf(identity)), why: 'Much' } } : {}
        const body = { application, as: actor, ...answers }
        const heard = `select from application_act where (application_id, act, actor) = ($1, $2, $3)`
        await insist(home, {
          ...{ path: `/applications/${doing}`, body, heard, settled, parameters: [application, doing, actor] },
        })
      }),
    stand: async (applying) => {
      const rows = await read<{ stands: string }>(
        home,
        `select distinct ${standing} as stands from application a where identity = any($1::text[]) and ${isTarget} order by 1`,
        [applying.applicants, ...targetOf(applying)],
      )
      return rows.map(({ stands }) => stands).join(' | ')
    },
    acts: async (applying) => {
      const rows = await read<{ told: string }>(
        home,
        `select concat_ws(' ', a.identity, a.state, t.act, t.actor, t.version, 'of', a.version, coalesce(t.outcome, 'pending')) as told
         from application a left join application_act t on t.application_id = a.id
         where a.identity = any($1::text[]) and ${isTarget} order by a.id, t.id`,
        [applying.applicants, ...targetOf(applying)],
      )
      return rows.map(({ told }) => told)
    },
    delegate: async (applying, delegate) =>
      forEach(applying, async (identity) => {
        const application = await numberOf(identity, applying)
        const until = `${new Date().getUTCFullYear() + 1}-12-31`
        const body = { application, delegate, until, as: staff.first, reason: 'Away' }
        const heard = 'select from delegation where application_id = $1'
        await insist(home, { path: '/applications/delegate', body, heard, parameters: [application] })
      }),
    comeDue: async (applying, days, inSeconds) => {
      await read(
        home,
        `update application set step_since = case when step_since is not null then x.since end, changed_at = x.since
         from (select now() - $4 * interval '1 day' + $5 * interval '1 second' as since) x
         where identity = any($1::text[]) and ${isTarget}`,
        [applying.applicants, ...targetOf(applying), days, inSeconds],
      )
    },
    wait: async (applying, days) => {
      await read(
        home,
        `with older as (
           update application a set step_since = step_since - $4 * interval '1 day', changed_at = changed_at - $4 * interval '1 day'
           where identity = any($1::text[]) and ${isTarget} returning id
         ), woken as (
           insert into application_wake (application_id) select id from older returning 1
         )
         select pg_notify('guildhall_outbox', '') from woken`,
        [applying.applicants, ...targetOf(applying), days],
      )
    },
  }
}

const settled = 'outcome is not null'
const isTarget = `(coalesce(group_name, ''), kind) = ($2, $3)`
const isFor = `identity = $1 and ${isTarget}`
const standing = `case a.state when 'open' then 'open at step ' || a.step + 1 || ', approved by '
    || (select count(*) from application_act t where t.application_id = a.id and t.act = 'approve' and t.outcome = 'done'
      and (t.version, t.policy) = (a.version, a.policy)) else a.state::text end
  || case when a.reminded_at is null then '' else ', reminded' end
  || case when a.escalated_at is null then '' else ', escalated' end`

function targetOf({ group = '', kind = 'initial' }: Applying): readonly string[] {
  return [group, kind]
}

/**
 * Asks until it is answered. Where no answer comes it waits until the system runs again and looks whether it was heard, as whoever
 * acts would: what is written down is not asked for again, and comes about.
 */
async function insist(home: string, { path, body, heard, settled = 'true', parameters }: Request): Promise<void> {
  const end = performance.now() + patienceMs
  let last = 'nobody answered'
  while (performance.now() < end) {
    const answer = await askApi({ socketPath: socketOf(home), path, body }).catch(() => undefined)
    if (answer?.status === 200) return
    if (answer !== undefined) last = JSON.stringify(answer.body)
    if (answer !== undefined && answer.status < 500) throw new Error(`${path} was refused: ${last}`)
    await waitUntil(async () => isReady(home), end - performance.now())
    if ((await read(home, heard, parameters)).length === 0) continue
    const isSettled = async () => (await read(home, `${heard} and ${settled}`, parameters)).length > 0
    if (await waitUntil(isSettled, patienceMs)) return
  }
  throw new Error(`${path} was asked for in vain: ${last}`)
}

/** Reads rows as soon as the database can be reached. */
export async function read<Row extends object>(
  home: string,
  query: string,
  parameters: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const found: { rows?: readonly Row[] | undefined; reason?: unknown } = {}
  await waitUntil(async () => {
    found.rows = await askDatabase(home, async (pool) => {
      const { rows } = await pool.query<Row>(query, [...parameters]).catch((error: unknown) => {
        found.reason = error
        throw error
      })
      return rows
    })
    return found.rows !== undefined
  }, patienceMs)
  if (found.rows === undefined) throw new Error(`the database did not answer: ${String(found.reason)}`)
  return found.rows
}
