import type { ApplicationState, WaitingFor } from '../../../core/applications/application.ts'
import { decideProvision } from '../../../core/applications/provision.ts'
import type { Surroundings } from '../../../core/config/catalog.ts'
import { parseAttribute } from '../../../core/config/references.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { ApplicationEvent } from '../../../core/notifications/events.ts'
import type { MemberStatus, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { readStandings, type PersonStanding } from '../memberships/read-standing.ts'
import { writeVerdicts, type AllowedAct } from '../memberships/write-verdicts.ts'
import { ensureKnown } from '../people.ts'
import { settleMembers } from '../settle-members.ts'
import { settleAcceptances } from '../terms.ts'
import { recordEvents, type Trail } from '../trail.ts'
import { TakenError } from '../values/unique-values.ts'
import { writeValues, type WrittenValue } from '../values/write-values.ts'
import { filledValues } from './filled-values.ts'
import type { FoundApplication } from './found-application.ts'
import type { ApplicationTarget } from './read-target.ts'
import { moveTo } from './move-to.ts'
import { tellApplicants, tellPeople } from './tell-by-mail.ts'

/** An application that is approved, and by what. */
export interface Provisioning {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
  readonly by: 'people' | 'rule'
  readonly compileSchema: Surroundings['compileSchema']
}

/** Where the application stands then. */
export interface Provisioned {
  readonly state: ApplicationState
  readonly waitingFor: WaitingFor | null
  /** Of the VO member; null where nothing came of it. */
  readonly status: MemberStatus | null
  /** Why it was rejected, or waits. */
  readonly reason: string | null
}

/**
 * Does what an approved application asks for, in the caller's transaction: the person, the membership, the attributes that answers
 * fill and the acceptance of terms. Where the rules of extension refuse it is rejected, where a place is missing it waits.
 */
export async function provision(tx: Tx, trail: Trail, provisioning: Provisioning): Promise<Provisioned> {
  const { application, target } = provisioning
  const known = await ensureKnown(tx, [application.identity], trail.at)
  const person = known.get(application.identity)
  const ending = async (to: End) => end(tx, trail, { application, ...to })
  const found = (await readStandings(tx, target.set, [application.identity])).get(application.identity)
  if (person === undefined || found === undefined)
    return ending({ state: 'rejected', reason: 'nobody has the identity any more' })
  const { kind } = application
  const verdict = decideProvision({ kind, set: target.set, standing: found.standing, today: target.set.today })
  if (!verdict.allowed) return ending({ state: 'rejected', reason: `${verdict.reason}: ${verdict.message}` })
  await tx.query('savepoint before_provision')
  try {
    await write(tx, trail, {
      ...provisioning,
      found,
      act: { person, verdict, reason: `application ${application.id}` },
    })
    await tx.query('release savepoint before_provision')
  } catch (error) {
    await tx.query('rollback to savepoint before_provision')
    await tx.query('release savepoint before_provision')
    return ending(stopped(error))
  }
  return ending({ state: 'approved', reason: null, person })
}

/** What may stand in the way of what was approved; anything else is no answer but a failure. */
function stopped(error: unknown): End {
  if (!(error instanceof GuildhallError)) throw error
  if (error.code === 'FULL') return { state: 'waiting', reason: error.message }
  // Who has it is not for whoever applies to know.
  if (error instanceof TakenError) {
    const names = [...new Set(error.taken.map(({ key }) => key.attribute))]
    const reason = `taken: somebody else has or had the value of ${names.join(', ')}; give another`
    return { state: 'changes-requested', reason }
  }
  throw error
}

interface End {
  readonly state: ApplicationState
  readonly reason: string | null
  readonly person?: UserId
}

interface Ending extends End {
  readonly application: FoundApplication
}

async function end(tx: Tx, trail: Trail, { application, state, reason, person }: Ending): Promise<Provisioned> {
  const waitingFor = state === 'waiting' ? 'place' : null
  // It waited for a place before, and there is still none: nothing to write or tell.
  if (waitingFor !== null && application.waitingFor === waitingFor) return { state, waitingFor, status: null, reason }
  await moveTo(tx, {
    id: application.id,
    state,
    waitingFor,
    reason,
    person: person ?? application.person,
    at: trail.at,
  })
  const { vo, group, identity: user } = application
  const personal = { user, application: application.id, ...(reason === null ? {} : { reason }) }
  const name = group === undefined ? vo : `${vo}/${group}`
  await recordEvents(tx, trail, [{ action: state, kind: 'Application', vo, name, personal }])
  await tellOfEnd(tx, trail, { application, state })
  const status = person === undefined ? null : await statusOf(tx, vo, person)
  return { state, waitingFor, status, reason }
}

/** Who waits for a place already was told so; those who approved what comes to nothing are told too. */
async function tellOfEnd(
  tx: Tx,
  trail: Trail,
  { application, state }: Pick<Ending, 'application' | 'state'>,
): Promise<void> {
  const event = eventOf(state)
  if (event === undefined) return
  const { id, version, policy } = application
  await tellApplicants(tx, trail, { event, applications: [id] })
  if (state !== 'rejected' && state !== 'changes-requested') return
  const { rows } = await tx.query<{ person: number }>(
    `select distinct person_id as person from application_act
     where application_id = $1 and act = 'approve' and outcome = 'done' and version = $2 and policy = $3 and person_id is not null`,
    [id, version, policy],
  )
  await tellPeople(tx, trail, {
    ...{ event: 'application.failed', application: id, persons: rows.map(({ person }) => person) },
  })
}

function eventOf(state: ApplicationState): ApplicationEvent | undefined {
  switch (state) {
    case 'approved':
    case 'changes-requested':
    case 'rejected':
      return `application.${state}`
    case 'waiting':
      return 'application.full'
    default:
      return undefined
  }
}

async function statusOf(tx: Tx, vo: string, person: UserId): Promise<MemberStatus | null> {
  const { rows } = await tx.query<{ status: MemberStatus }>(
    'select mb.status from member mb join vo on vo.id = mb.vo_id where vo.name = $1 and mb.person_id = $2',
    [vo, person],
  )
  return rows[0]?.status ?? null
}

interface Writing extends Provisioning {
  readonly found: PersonStanding
  readonly act: AllowedAct
}

async function write(tx: Tx, trail: Trail, { application, target, act }: Writing): Promise<void> {
  const { set } = target
  const { person } = act
  const { identity, answers } = application
  const values = await filledValues(tx, { target, identity, answers, person })
  const isOfUser = ({ attribute }: WrittenValue): boolean => parseAttribute(attribute).holder === 'user'
  await withConsequences(tx, trail, {
    bearing: { persons: [person], vos: [set.vo], guarded: undefined },
    change: async () => {
      await writeValues(tx, { values: values.filter(isOfUser), origin: 'application' })
      await acceptByForm(tx, trail, { application, target, person })
      await writeVerdicts(tx, trail, { set, acts: [act] })
      await writeValues(tx, { values: values.filter((one) => !isOfUser(one)), origin: 'application' })
      await settleAcceptances(tx, [set.vo], [person])
      await settleMembers(tx, trail, { vo: set.voId, persons: [person], lifted: [] })
    },
  })
}

interface Accepting {
  readonly application: FoundApplication
  readonly target: ApplicationTarget
  readonly person: UserId
}

/** The version that was answered is accepted, also where another has come into force since. */
async function acceptByForm(tx: Tx, trail: Trail, { application, target, person }: Accepting): Promise<void> {
  const { id, vo, identity: user, answers } = application
  const item = target.form.items.find(({ type }) => type === 'terms')
  const version = item === undefined || !Object.hasOwn(answers, item.name) ? undefined : answers[item.name]
  if (version === undefined) return
  const { cause, at } = trail
  const { rows } = await tx.query<{ sha256: string }>(
    `insert into terms_acceptance (vo_id, person_id, version, sha256, at, how, actor, authentication)
     select v.vo_id, $2, v.version, v.sha256, $4, 'form', $5, $6 from terms_version v
     where (v.vo_id, v.version) = ($1, $3) order by v.id desc limit 1
     returning sha256`,
    [target.set.voId, person, version, at, cause.actor, cause.authentication],
  )
  const personal = { user, version, sha256: rows[0]?.sha256, how: 'form', reason: `application ${id}` }
  await recordEvents(tx, trail, [{ action: 'accept', kind: 'Terms', vo, name: vo, personal }])
}
