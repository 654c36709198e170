import { isSameVoter, stepsOf, type Tally, type Voter } from '../../../core/applications/votes.ts'
import type { ApprovalStep } from '../../../schemas/generated/config.ts'
import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { isSystem, refused, type ActOutcome, type Judging } from './act-outcome.ts'
import { isBanned, mayDecide, whoDecides } from './deciders.ts'
import { isApplicant, type FoundApplication } from './found-application.ts'
import type { VoteRow } from './approvals.ts'

/** Somebody decides in a step, beside those who have approved already. */
export interface Deciding extends Judging {
  readonly standing: Tally
  readonly votes: readonly VoteRow[]
}

/** Whoever is away, and by whom one stands in for them. */
interface Absent {
  readonly person: UserId
  readonly identity: IdentityRef
}

/**
 * Tells by whose right somebody decides in the open step: their own, else that of the one they stand in for; or why they may not. Nobody
 * who stands in for whoever applied, and who could decide otherwise, decides about it.
 */
export async function whoseRight(tx: Tx, deciding: Deciding): Promise<Voter | ActOutcome> {
  const { act, application, target, standing } = deciding
  if (isSystem(act)) return { person: 0 }
  const step = stepsOf(target.form)[standing.kind === 'step' ? standing.step : 0]
  if (step === undefined || act.person === null) return refused('not-eligible', 'nobody knows them yet')
  const isEscalated = application.escalatedAt !== undefined
  const absent = await absentFor(tx, application, { delegate: act.person, at: act.at })
  return judgeRight(tx, deciding, {
    ...{ person: act.person, step, isEscalated, absent },
    decides: async (person) => mayDecide(tx, person, { target, step, isEscalated }),
  })
}

interface Rights {
  readonly person: UserId
  readonly step: ApprovalStep
  readonly isEscalated: boolean
  readonly absent: readonly Absent[]
  readonly decides: (person: UserId) => Promise<boolean>
}

async function judgeRight(tx: Tx, deciding: Deciding, rights: Rights): Promise<Voter | ActOutcome> {
  const { act, application, target } = deciding
  const { person, absent, decides, step, isEscalated } = rights
  for (const one of absent)
    if ((await isApplicant(tx, application, one.person)) && (await decides(one.person)))
      return refused('own-application', 'nobody lets who stands in for them decide about their own application')
  const isForThemselves = act.standsFor === person
  if ((isForThemselves || act.standsFor === null) && (await decides(person))) return { person }
  if (isForThemselves) return notEligible(step, isEscalated)
  if (await isBanned(tx, person, target.set.voId)) return refused('not-eligible', 'they are banned from the VO')
  return byDelegation(deciding, rights)
}

async function byDelegation(
  { act: { standsFor }, votes }: Deciding,
  { person, step, isEscalated, absent, decides }: Rights,
): Promise<Voter | ActOutcome> {
  const named = standsFor === null ? absent : absent.filter((one) => one.person === standsFor)
  if (standsFor !== null && named.length === 0)
    return refused(
      'not-delegated',
      'they do not stand in for that person now; `guildhall delegation list` shows who does',
    )
  const able: Absent[] = []
  for (const one of named) if (await decides(one.person)) able.push(one)
  const left = able.filter((one) => !votes.some((vote) => isSameVoter(vote, { person: one.person })))
  const [first, ...others] = left.length > 0 ? left : able
  if (first === undefined) return notEligible(step, isEscalated)
  if (others.length === 0) return { person, standsFor: first.person }
  const names = [first, ...others].map(({ identity }) => `"${identity}"`).join(', ')
  return refused('for-whom', `they stand in for ${names}; say for whom with \`--for\``)
}

function notEligible(step: ApprovalStep, isEscalated: boolean): ActOutcome {
  return refused(
    'not-eligible',
    `expected ${whoDecides(step, isEscalated)}, who stands in for one, or an admin of the instance`,
  )
}

/** Those for whom a person stood in at a moment about an application, each once. */
async function absentFor(
  tx: Tx,
  application: FoundApplication,
  { delegate, at }: { readonly delegate: UserId; readonly at: Date },
): Promise<Absent[]> {
  const { rows } = await tx.query<Absent>(
    `select distinct p.id as person, p.identities[1] as identity
     from delegation_at($1) d join person p on p.id = d.delegator_id join application a on a.id = $2
     where d.delegate_id = $3 and ${isAbout} and p.identities <> '{}' order by 2`,
    [at, application.id, delegate],
  )
  return rows
}

/** Whether a delegation `d` is about an application `a`. */
const isAbout = '(d.application_id is null or d.application_id = a.id) and (d.vo_id is null or d.vo_id = a.vo_id)'

/** Tells whether an approval for somebody else was given while it was delegated. */
export async function wasDelegated(tx: Tx, { id, standsFor }: VoteRow): Promise<boolean> {
  if (standsFor === undefined) return true
  const { rowCount } = await tx.query(
    `select from application_act t join application a on a.id = t.application_id cross join lateral delegation_at(t.at) d
     where t.id = $1 and (d.delegator_id, d.delegate_id) = (t.for_person_id, t.person_id) and ${isAbout} limit 1`,
    [id],
  )
  return rowCount === 1
}
