import type { ApplicationKind, ApplicationState, WaitingFor } from '../../../core/applications/application.ts'
import { decideFiling, type FilingRefusal } from '../../../core/applications/filing.ts'
import { decideProvision } from '../../../core/applications/provision.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import type { ActRefusal } from '../../../core/lifecycle/acts/standing.ts'
import type { AnswerFault } from '../../../core/forms/check-answers.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { readStandings, type FoundSet, type PersonStanding } from '../memberships/read-standing.ts'
import { beginTrail, recordEvents, type Cause, type Trail } from '../trail.ts'
import { approveByRule } from './approve-by-rule.ts'
import { chosenGroups } from './chosen-groups.ts'
import { faultsInWords, faultsOfAnswers } from './faults-of-answers.ts'
import { findApplication } from './found-application.ts'
import { readOffered } from './offered-answers.ts'
import { openWaiting, rejectWaiting } from './wait-for-vo.ts'
import { lockLogins, reserveLogins } from './reserve-logins.ts'
import { readTarget, type ApplicationTarget } from './read-target.ts'
import { tellApplicants } from './tell-by-mail.ts'
import { keepVerified } from './verification/keep-verified.ts'
import { undecided } from '../../undecided.ts'

/** What somebody applies for, and what they answer. */
export interface FileInput {
  readonly vo: string
  readonly group?: string
  readonly kind: ApplicationKind
  readonly identity: IdentityRef
  readonly answers: JsonObject
  /** What is offered to the person, and not answered here, is their answer. */
  readonly takesOffered?: boolean
  /** By which the person came to apply. */
  readonly invitation?: number
  /** The language that the person reads. */
  readonly language?: string
  readonly cause: Cause
  readonly now: Date
  readonly compileSchema: Surroundings['compileSchema']
}

/** Why an application was not filed. */
export type NotFiled =
  | { readonly reason: ActRefusal | FilingRefusal | 'identity-erased' | 'identity-unknown'; readonly message: string }
  | { readonly reason: 'answers-invalid'; readonly message: string; readonly faults: readonly AnswerFault[] }

/** An application for a group that was chosen in one for the VO. */
export interface ChosenApplication {
  readonly group: string
  readonly application: number
}

/** The application that was filed, or why none was. */
export type FileAnswer =
  | {
      readonly application: number
      readonly state: ApplicationState
      readonly waitingFor: WaitingFor | null
      /** Of the VO member or in the group, once it was approved. */
      readonly status: MemberStatus | null
      /** Those for groups that were chosen in it. */
      readonly chosen?: readonly ChosenApplication[]
    }
  | { readonly refused: NotFiled }

/**
 * Files an application in the caller's transaction, and approves it at once where the form's rule says so. Throws OBJECT_UNKNOWN,
 * FORM_UNKNOWN, VO_BUSY.
 */
export async function fileApplication(tx: Tx, asked: FileInput): Promise<FileAnswer> {
  const { vo, group, kind, identity, now, takesOffered = false } = asked
  await lockVos(tx, [vo], { mode: 'shared' })
  await lockApplicant(tx, identity)
  const target = await readTarget(tx, { vo, group, kind, now })
  const source = await sourceFault(tx, identity)
  if (source !== undefined) return { refused: source }
  const offered = takesOffered ? await readOffered(tx, { target, identity }) : {}
  const input = { ...asked, answers: { ...offered, ...asked.answers } }
  const found = (await readStandings(tx, target.set, [identity])).get(identity)
  const verdict = await judge(tx, input, { target, found })
  return 'refused' in verdict ? verdict : carryOut(tx, input, { target, found, ...verdict })
}

async function carryOut(tx: Tx, input: FileInput, filing: Filing & { readonly waits: boolean }): Promise<FileAnswer> {
  const { vo, group, kind, identity, answers, now, compileSchema } = input
  const { target, found, waits } = filing
  const state = waits ? 'waiting' : 'open'
  const id = await insert(tx, input, { ...filing, state })
  await reserveLogins(tx, id, { target, identity, answers, person: found?.person })
  const trail = await beginTrail(tx, input.cause, now)
  const name = group === undefined ? vo : `${vo}/${group}`
  await recordEvents(tx, trail, [
    { action: 'file', kind: 'Application', vo, name, personal: { user: identity, application: id, kind } },
  ])
  const chosen = waits ? [] : await fileChosen(tx, { ...input, target, id })
  const first = { id, target, compileSchema }
  return { ...(await firstState(tx, trail, { ...first, waits })), ...(chosen.length > 0 && { chosen }) }
}

interface First {
  readonly id: number
  readonly target: ApplicationTarget
  readonly waits: boolean
  readonly compileSchema: Surroundings['compileSchema']
}

async function firstState(
  tx: Tx,
  trail: Trail,
  { waits, ...rule }: First,
): Promise<Exclude<FileAnswer, { readonly refused: object }>> {
  const { id, target } = rule
  const { compileSchema } = rule
  const kept = await keepVerified(tx, trail, { application: await findApplication(tx, id), target, compileSchema })
  if (kept.state === 'unverified') return { application: id, state: kept.state, status: null, waitingFor: null }
  const done = waits ? undefined : await approveByRule(tx, trail, rule)
  if (done === undefined) {
    await tellApplicants(tx, trail, { event: 'application.filed', applications: [id] })
    const [state, waitingFor] = waits ? (['waiting', 'vo-member'] as const) : (['open', null] as const)
    return { application: id, state, status: null, waitingFor }
  }
  const application = await findApplication(tx, id)
  if (done.state === 'approved') await openWaiting(tx, trail, { application, target })
  if (done.state === 'rejected') await rejectWaiting(tx, trail, { application, target })
  return { application: id, state: done.state, status: done.status, waitingFor: done.waitingFor }
}

interface Chosen extends FileInput {
  readonly target: ApplicationTarget
  /** Of the application for the VO. */
  readonly id: number
}

/** Files applications for the groups that are chosen in one for the VO; who applies for one already, or is in it, needs none. */
export async function fileChosen(tx: Tx, { target, id, ...input }: Chosen): Promise<readonly ChosenApplication[]> {
  const filed: ChosenApplication[] = []
  const { vo, identity, language, cause, now, compileSchema } = input
  for (const group of chosenGroups(target, input.answers)) {
    const answer = await fileApplication(tx, {
      ...{ vo, group, kind: 'initial', identity, answers: {}, cause, now, compileSchema },
      ...(language !== undefined && { language }),
    })
    if ('refused' in answer) continue
    await tx.query('update application set chosen_in = $2 where id = $1', [answer.application, id])
    filed.push({ group, application: answer.application })
  }
  return filed
}

/** Of two applications of one person at once the second sees the first, also of who is not known yet. */
async function lockApplicant(tx: Tx, identity: IdentityRef): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(47, hashtext($1))`, [identity])
}

async function sourceFault(tx: Tx, identity: IdentityRef): Promise<NotFiled | undefined> {
  const { rows } = await tx.query<{ is_declared: boolean; is_erased: boolean }>(
    `select exists (select from source where name = split_part($1, '/', 1) and split_part($1, '/', 2) <> '') as is_declared,
       is_erased($1) as is_erased`,
    [identity],
  )
  const [found] = rows
  if (found?.is_erased === true)
    return { reason: 'identity-erased', message: 'whoever had this identity was erased; nobody has it again' }
  return found?.is_declared === true
    ? undefined
    : { reason: 'identity-unknown', message: 'its source is not declared; expected an identity such as "idp/ada"' }
}

interface Filing {
  readonly target: ApplicationTarget
  readonly found: PersonStanding | undefined
}

type Judged = { readonly waits: boolean } | { readonly refused: NotFiled }

async function judge(tx: Tx, input: FileInput, { target, found }: Filing): Promise<Judged> {
  const { identity, answers, language, compileSchema } = input
  const filing = await judgeStanding(tx, input, { target, found })
  if ('refused' in filing) return filing
  await lockLogins(tx, { target, identity, answers, person: found?.person })
  const faults = await faultsOfAnswers(tx, { target, identity, answers, language, compileSchema })
  if (faults.length === 0) return filing
  return { refused: { reason: 'answers-invalid', message: faultsInWords(faults), faults } }
}

async function judgeStanding(tx: Tx, { kind, identity }: FileInput, { target, found }: Filing): Promise<Judged> {
  const { set } = target
  const open = await openApplications(tx, { target, identity, kind })
  const member = await memberStatus(tx, set.voId, found?.person)
  const filing = decideFiling({ kind, of: set.kind, member, inGroup: inGroup(set, found), ...open })
  if (!filing.allowed) return { refused: { reason: filing.reason, message: filing.message } }
  if (found === undefined || filing.waits) return { waits: filing.waits }
  const outlook = decideProvision({ kind, set, standing: found.standing, today: set.today })
  return outlook.allowed ? { waits: false } : { refused: { reason: outlook.reason, message: outlook.message } }
}

function inGroup({ kind }: FoundSet, found: PersonStanding | undefined): 'EXPIRED' | 'VALID' | undefined {
  const rows = kind === 'vo' ? [] : (found?.standing.rows ?? [])
  if (rows.length === 0) return undefined
  return rows.some(({ status }) => status === 'VALID') ? 'VALID' : 'EXPIRED'
}

async function memberStatus(tx: Tx, vo: number, person: number | undefined): Promise<MemberStatus | undefined> {
  const { rows } = await tx.query<{ status: MemberStatus }>(
    'select status from member where (vo_id, person_id) = ($1, $2)',
    [vo, person ?? null],
  )
  return rows[0]?.status
}

async function openApplications(
  tx: Tx,
  { target: { set }, identity, kind }: { readonly target: ApplicationTarget } & Pick<FileInput, 'identity' | 'kind'>,
): Promise<{ readonly hasOpen: boolean; readonly appliesForVo: boolean }> {
  const { rows } = await tx.query<{ group_id: number | null; kind: ApplicationKind }>(
    `select a.group_id, a.kind from application a
     where a.vo_id = $1 and (a.group_id is not null or a.group_name is null) and a.state in ${undecided}
       and (a.identity = $2 or coalesce(a.person_id, (select person_id from identity where ref = a.identity))
         = (select person_id from identity where ref = $2))`,
    [set.voId, identity],
  )
  return {
    hasOpen: rows.some((row) => row.group_id === set.groupId && row.kind === kind),
    appliesForVo: rows.some((row) => row.group_id === null),
  }
}

async function insert(
  tx: Tx,
  { kind, identity, language, answers, cause, now, invitation }: FileInput,
  { target, found, state }: Filing & { readonly state: ApplicationState },
): Promise<number> {
  const { set, formId, formName, policy } = target
  const { rows } = await tx.query<{ id: number }>(
    `with filed as (
       insert into application (vo_id, group_id, form_id, vo, group_name, form, kind, identity, person_id, language, state, waiting_for,
         policy, filed_at, actor, changed_at, step_since, invitation_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::application_state, case $11::text when 'waiting' then 'vo-member' end,
         $12, $13, $14, $13, case $11::text when 'open' then $13::timestamptz end, $16)
       returning id
     ), answered as (
       insert into application_answers (application_id, version, answers) select id, 1, $15 from filed
     ), reached as (
       -- Whoever has the key of an invitation has the mail that brought it.
       insert into confirmed_address (person_id, application_id, address, at, how)
       select $9::integer, filed.id, as_address(i.address), $13, 'key' from filed join invitation i on i.id = $16
     ), woken as (
       insert into application_wake (application_id) select id from filed returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select filed.id from filed left join hinted on true`,
    [
      ...[set.voId, set.groupId, formId, set.vo, set.group ?? null, formName, kind, identity, found?.person ?? null],
      ...[language ?? null, state, policy, now, cause.actor, JSON.stringify(answers), invitation ?? null],
    ],
  )
  return rows[0]?.id ?? 0
}
