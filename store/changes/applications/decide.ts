import { isSameVoter, stepsOf, tally, type Voter } from '../../../core/applications/votes.ts'
import type { Tx } from '../../pool.ts'
import type { Trail } from '../trail.ts'
import { refused, tell, type ActOutcome, type Judging } from './act-outcome.ts'
import { readVotes, type VoteRow } from './approvals.ts'
import { wasPutOut } from './approve-by-rule.ts'
import { isBanned, mayDecide, type OpenStep } from './deciders.ts'
import { followPolicy } from './follow-policy.ts'
import type { FoundApplication } from './found-application.ts'
import { moveTo } from './move-to.ts'
import { provision } from './provision.ts'
import type { ApplicationTarget } from './read-target.ts'
import { tellApplicants } from './tell-by-mail.ts'
import { keepVerified } from './verification/keep-verified.ts'
import { openWaiting, rejectWaiting } from './wait-for-vo.ts'
import { wasDelegated, whoseRight, type Deciding } from './whose-right.ts'

/** Approves, rejects, or requests changes: only those whom the open step names, and nobody about themselves. */
export async function decide(tx: Tx, trail: Trail, judging: Judging): Promise<ActOutcome> {
  if (judging.isByApplicant) return refused('own-application', 'nobody decides about their own application')
  const application = await followPolicy(tx, trail, judging)
  const { target, input } = judging
  const kept = await keepVerified(tx, trail, { application, target, compileSchema: input.compileSchema })
  return decideAsItStands(tx, trail, { ...judging, application: kept })
}

async function decideAsItStands(tx: Tx, trail: Trail, judging: Judging): Promise<ActOutcome> {
  const { application, act, target } = judging
  const obstacle = seenOtherwise(judging) ?? notToDecide(judging) ?? (await putOut(tx, judging))
  if (obstacle !== undefined) return obstacle
  const votes = await readVotes(tx, application, target.policy)
  const standing = tally(stepsOf(target.form), votes)
  const voter = await whoseRight(tx, { ...judging, votes, standing })
  if ('kind' in voter) return voter
  const { id } = application
  await tx.query('update application_act set for_person_id = $2 where id = $1', [act.id, voter.standsFor ?? null])
  if (act.act === 'approve') return approve(tx, trail, { ...judging, votes, standing, voter })
  const state = act.act === 'reject' ? 'rejected' : 'changes-requested'
  await moveTo(tx, { id, state, reason: act.reason, at: trail.at })
  if (state === 'rejected') await rejectWaiting(tx, trail, { application, target })
  await tell(tx, trail, { application, action: act.act, reason: act.reason, standsFor: voter.standsFor })
  await tellApplicants(tx, trail, { event: `application.${state}`, applications: [id] })
  return { kind: 'done' }
}

async function putOut(tx: Tx, { application, act, target }: Judging): Promise<ActOutcome | undefined> {
  if (!act.byInvitation || !(await wasPutOut(tx, target.set.voId, application.person))) return undefined
  return refused('put-out', 'somebody put the person out of the VO, which no invitation undoes')
}

function seenOtherwise({ application: { id, version }, act, target }: Judging): ActOutcome | undefined {
  if (act.version === version && act.policy === target.policy) return undefined
  const what = act.version === version ? 'what it is decided under has changed' : `it is of version ${version} now`
  return refused('changed', `${what}; look again with \`guildhall application show ${id}\``)
}

function notToDecide({ application: { state, waitingFor }, act }: Judging): ActOutcome | undefined {
  if (act.act === 'reject') return undefined
  if (state === 'waiting' && waitingFor === 'vo-member')
    return refused('not-open', 'it waits until the person is a member of the VO; approve that application first')
  if (state === 'unverified')
    return refused('not-open', 'its address is not confirmed yet; the person got a mail for it')
  return state === 'changes-requested' && act.act === 'approve'
    ? refused('not-open', 'changes were requested, and the person has not answered yet')
    : undefined
}

interface Approving extends Deciding {
  readonly voter: Voter
}

async function approve(tx: Tx, trail: Trail, approving: Approving): Promise<ActOutcome> {
  const { application, act, target, votes, standing, voter } = approving
  const steps = stepsOf(target.form)
  // All approvals are there, and a place was missing: any of those who may decide tries again.
  if (standing.kind === 'complete') return finish(tx, trail, approving)
  const before = votes.find((vote) => isSameVoter(vote, voter))
  if (before !== undefined) return votedAlready(before, voter)
  const { step } = standing
  await tx.query(`update application_act set step = $2, outcome = 'done' where id = $1`, [act.id, step])
  await tell(tx, trail, { application, action: 'approve', reason: act.reason, standsFor: voter.standsFor })
  const counted = [...votes, { id: act.id, ...voter, step, byInvitation: act.byInvitation }]
  const isLast = tally(steps, counted).kind === 'complete'
  const after = tally(steps, isLast ? await stillEligible(tx, trail, { votes: counted, target, application }) : counted)
  if (after.kind === 'complete') return finish(tx, trail, approving)
  if (after.step !== step) await openStep(tx, application, { step: after.step, at: trail.at })
  return { kind: 'done' }
}

function votedAlready(before: Voter, { person }: Voter): ActOutcome {
  const isOwn = before.person === person && before.standsFor === undefined
  return refused(
    'voted-already',
    isOwn
      ? 'they have approved it already; one person counts in one step only'
      : 'they, or who they stand in for, have approved it already or had it approved; one person counts once, by themselves or by another',
  )
}

async function finish(tx: Tx, trail: Trail, { application, target, input }: Judging): Promise<ActOutcome> {
  const { compileSchema } = input
  const { state } = await provision(tx, trail, { application, target, by: 'people', compileSchema })
  if (state === 'approved') await openWaiting(tx, trail, { application, target })
  if (state === 'rejected') await rejectWaiting(tx, trail, { application, target })
  return { kind: 'done' }
}

async function openStep(
  tx: Tx,
  { id }: FoundApplication,
  { step, at }: { readonly step: number; readonly at: Date },
): Promise<void> {
  await tx.query(
    'update application set step = $2, step_since = $3, reminded_at = null, escalated_at = null where id = $1',
    [id, step, at],
  )
}

interface Standing {
  readonly votes: readonly VoteRow[]
  readonly target: ApplicationTarget
  readonly application: FoundApplication
}

/** Who has lost the role since counts no more. */
async function stillEligible(tx: Tx, trail: Trail, { votes, target, application }: Standing): Promise<VoteRow[]> {
  const steps = stepsOf(target.form)
  const kept: VoteRow[] = []
  for (const vote of votes) {
    const step = steps[vote.step]
    // The last step may have escalated; of those before nobody knows any more whether they had.
    const isEscalated = vote.step < steps.length - 1 || application.escalatedAt !== undefined
    const holds = step !== undefined && (await isStillRight(tx, vote, { target, step, isEscalated }))
    const isUndoing = vote.byInvitation && (await wasPutOut(tx, target.set.voId, application.person))
    if (holds && !isUndoing) kept.push(vote)
    else await voidVote(tx, trail, { vote, application })
  }
  return kept
}

/** An approval for somebody else counts while that one has the role, was given while it was delegated, and nobody bans who gave it. */
async function isStillRight(tx: Tx, vote: VoteRow, open: OpenStep): Promise<boolean> {
  const { person, standsFor = person } = vote
  if (person === 0) return true
  if (!(await mayDecide(tx, standsFor, open))) return false
  return standsFor === person || (!(await isBanned(tx, person, open.target.set.voId)) && (await wasDelegated(tx, vote)))
}

async function voidVote(
  tx: Tx,
  trail: Trail,
  { vote, application }: { readonly vote: VoteRow; readonly application: FoundApplication },
): Promise<void> {
  const reason = 'the role was lost'
  await tx.query('update application_act set outcome = $2 where id = $1', [vote.id, `not-eligible: ${reason}`])
  await tell(tx, trail, { application, action: 'void-approvals', reason })
}
