export type { Pool } from 'pg'
export { aboutOne, asAct, inTransaction, openPool, type Db, type TransactionOptions, type Tx } from './pool.ts'
export { rehearse } from './rehearsal.ts'
export { foresee, type ForecastInput } from './changes/forecast/forecast.ts'
export { migrate } from './migrate.ts'
export { loadState, readApplied } from './state.ts'
export { requireFence, takeEpoch } from './fence.ts'
export { lockScope, lockVos, type LockMode } from './locks.ts'
export {
  finishRun,
  noteFinding,
  readLastCommit,
  readRuns,
  recordRun,
  setApplied,
  startRun,
  type ReconcileRun,
} from './runs.ts'
export {
  approveHold,
  closeHold,
  findApprovals,
  findHoldEnd,
  listHolds,
  openHold,
  spendApproval,
  type GivenApproval,
  type Hold,
} from './holds.ts'
export { forgetHoldWakes, readHoldWakes, type HoldWakes } from './hold-wakes.ts'
export { approveSnapshot, type SnapshotApproval } from './changes/approve-snapshot.ts'
export { approveChange, type ApprovedChange, type ChangeApproval } from './changes/held/approve-change.ts'
export { closeChange } from './changes/held/close-change.ts'
export { freeze, listFreezes, readPin, setPin, unfreeze, type Freeze, type Pin } from './freezes.ts'
export { foldOutbox, listen, listStale, type Folded, type StaleFacility } from './outbox.ts'
export {
  readServiceHere,
  readSnapshotInput,
  type GeneratorNeeds,
  type ServiceHere,
  type SnapshotInput,
} from './snapshot-input.ts'
export { listHeldSnapshots, type HeldSnapshot } from './held-snapshots.ts'
export {
  openStoredSnapshot,
  recordSnapshotFailed,
  storeSnapshot,
  type SnapshotPiece,
  type StoredSnapshot,
} from './snapshots.ts'
export {
  listDeliveries,
  listFreed,
  listPending,
  readDestination,
  recordDelivered,
  recordFailed,
  type DeclaredDestination,
  type DeliveryFilter,
  type DeliveryKey,
  type PendingDelivery,
} from './deliveries.ts'
export { listBlocks, type BlockPlace } from './delivery-blocks.ts'
export {
  blockDeliveries,
  endPauses,
  unblockDeliveries,
  type BlockAnswer,
  type BlockInput,
  type UnblockInput,
} from './changes/delivery-blocks.ts'
export { deliverAgain, resendOld, type AgainAnswer, type AgainInput } from './changes/deliver-again.ts'
export { withDeliveryLock } from './delivery-lock.ts'
export { readChainEnd, verifyAudit, type AuditVerdict, type BrokenLink } from './audit.ts'
export { listOutsideSpecs } from './queries/outside-specs.ts'
export { isAskedBy, isReviewedBy, listHeldLosses } from './queries/held-changes.ts'
export { findClosedHold } from './queries/find-closed-hold.ts'
export { listPastDeliveries, type PastDelivery } from './queries/past-deliveries.ts'
export { listAccess } from './queries/list-access.ts'
export { listMembers } from './queries/members.ts'
export { explain } from './queries/explain.ts'
export { explainMembership } from './queries/explain-membership.ts'
export { listOwedAcceptances, readTerms, type OwedAcceptance, type TermsInForce } from './queries/terms.ts'
export { listSyncStatus } from './queries/sync-status.ts'
export { listSyncsLackingGroups } from './queries/syncs-lacking-groups.ts'
export { readOverview, readStatus } from './queries/status.ts'
export type { DueKind } from './due.ts'
export { endOfDay, forgetWakes, listClocks, nextDue, readWakes, type ClockWakes, type NextDue } from './clock.ts'
export { applyChanges, type ApplyInput } from './changes/apply-plan.ts'
export { runClock, type ClockStep } from './changes/clock/run-clock.ts'
export {
  forgetBanWakes,
  listBans,
  listEndingBans,
  readBanWakes,
  readEndingBan,
  type BanFilter,
  type BanPlace,
  type BanWakes,
  type WatchedBan,
  type ListedBan,
} from './bans.ts'
export {
  forgetDelegationWakes,
  listDelegations,
  listEndingDelegations,
  readDelegationWakes,
  readEndingDelegation,
  type DelegationFilter,
  type ListedDelegation,
  type WatchedDelegation,
} from './delegations.ts'
export { addDelegations, type DelegationAnswer, type DelegationRequest } from './changes/delegations/add-delegations.ts'
export { endDelegation, endDelegations, type EndAnswer } from './changes/delegations/end-delegations.ts'
export { addBans, endBan, removeBans, type BanAnswer, type BanInput, type BanOn } from './changes/bans.ts'
export { acceptTerms, type AcceptAnswer, type AcceptanceOf, type AcceptInput } from './changes/accept-terms.ts'
export {
  changeIdentities,
  type IdentityAct,
  type IdentityAnswer,
  type IdentityInput,
  type IdentityOn,
} from './changes/identities/change-identities.ts'
export { changeValues, type ValueAnswer, type ValueOn, type ValuesInput } from './changes/values/change-values.ts'
export { listValues, readValues, type ReadAnswer } from './queries/attribute-values.ts'
export {
  listEndedRuns,
  listSyncs,
  readSync,
  type RunnableSync,
  type RunsAsked,
  type SyncInForce,
  type SyncSpec,
} from './syncs.ts'
export {
  forgetToldSchedule,
  listReadFiles,
  listToldSchedules,
  noteMissedRun,
  noteReadFiles,
  noteToldSchedule,
  type ReadFile,
} from './sync-schedules.ts'
export { previewStructure, previewSync, type SyncPreview } from './changes/sync/preview-sync.ts'
export { syncMembers, type SyncInput } from './changes/sync/sync-members.ts'
export {
  syncStructure,
  type StructureInput,
  type StructureRead,
  type StructureResult,
} from './changes/structures/sync-structure.ts'
export type { SyncResult } from './changes/sync/sync-result.ts'
export type { SubjectRead } from './changes/sync/stage-subjects.ts'
export type { SkippedRecord, SyncSubject } from '../core/sources/subject.ts'
export { actOnMembers, type ActAnswer, type ActInput, type ActOn } from './changes/memberships/act.ts'
export {
  changeSponsors,
  type SponsorAct,
  type SponsorAnswer,
  type SponsorInput,
  type SponsorOn,
} from './changes/sponsors/change-sponsors.ts'
export { transferGuests, type TransferAnswer, type TransferOn } from './changes/sponsors/transfer-guests.ts'
export { listAccounts, showAccount, type ActForAccount, type ServiceAccount } from './accounts.ts'
export {
  actForAccounts,
  type ActForAnswer,
  type ActForInput,
  type ActForOn,
} from './changes/accounts/act-for-accounts.ts'
export {
  changeAccounts,
  type AccountAct,
  type AccountAnswer,
  type AccountInput,
  type AccountOn,
} from './changes/accounts/change-accounts.ts'
export { listSponsorships, type ListedSponsorship } from './sponsors.ts'
export {
  countMails,
  forgetMailWakes,
  listMails,
  isMailWaiting,
  nextMailAt,
  readMailWakes,
  type ListedMail,
  type MailState,
  type Unaddressed,
} from './mail.ts'
export { eraseUsers, type EraseAnswer, type EraseInput } from './changes/erase/erase-users.ts'
export {
  endLate,
  queueMails,
  resendMails,
  withMailSender,
  type AttemptEnd,
  type DueMail,
  type NewMail,
} from './changes/mail.ts'
export { dropOldSyncRuns } from './drop-runs.ts'
export { dropOldSnapshots, dropReplaced } from './drop-snapshots.ts'
export { declineByKey, type DeclinedByKey } from './changes/decline-by-key.ts'
export { declineNotices, type DeclineAnswer, type DeclineInput, type DeclineOn } from './changes/decline-notices.ts'
export { draftMails, settleDrafts, takeDrafts, type NewDraft, type TakenDraft } from './changes/mail-drafts.ts'
export { nextDigestAt, writeDigests } from './changes/applications/write-digests.ts'
export { askAgain, type AskAgainInput } from './changes/applications/verification/ask-again.ts'
export { confirmByKey } from './changes/applications/verification/confirm.ts'
export { tellApplicants, tellPeople } from './changes/applications/tell-by-mail.ts'
export { leaveUntold, noticesOf, takeUntold, type Untold } from './changes/notices.ts'
export { dropOldLosses } from './changes/losses.ts'
export { updatePositions } from './changes/objects.ts'
export { updateRowPositions } from './changes/row-positions.ts'
export type { Cause } from './changes/trail.ts'
export { listEvents, type ListedEvent } from './queries/audit-events.ts'
export {
  fileApplication,
  type FileAnswer,
  type FileInput,
  type NotFiled,
} from './changes/applications/file-application.ts'
export { checkAnswers, listForms, readAnswersSchema, type CheckedAnswers, type ListedForm } from './queries/forms.ts'
export { listWaitingFor } from './queries/approver-queue.ts'
export { noteAct, type NoteInput } from './changes/applications/note-act.ts'
export { lookAtApplication, type ApplicationStanding } from './changes/applications/look-at.ts'
export { settleAct } from './changes/applications/settle-act.ts'
export type { ActFailure, ActOutcome, SettleActInput } from './changes/applications/act-outcome.ts'
export {
  listApplications,
  forgetApplicationWakes,
  listOpenApplications,
  readActOutcome,
  readApplicationState,
  readApplicationWakes,
  showApplication,
  type ApplicationFilter,
  type ListedApplication,
  type ShownApplication,
} from './queries/applications.ts'
export {
  createInvitations,
  type InviteAnswer,
  type InviteInput,
  type InviteRefusal,
} from './changes/invitations/create-invitations.ts'
export {
  changeInvitations,
  type ChangeInvitationAnswer,
  type ChangeInvitationsInput,
} from './changes/invitations/change-invitations.ts'
export {
  acceptInvitation,
  type AcceptInvitationAnswer,
  type AcceptInvitationInput,
} from './changes/invitations/accept-invitation.ts'
export { declineInvitation, type DeclineInvitationInput } from './changes/invitations/decline-invitation.ts'
export { endInvitation } from './changes/invitations/end-invitations.ts'
export {
  forgetInvitationWakes,
  listInvitations,
  listWatchedInvitations,
  readInvitationEnd,
  readInvitationWakes,
  showInvitation,
  type InvitationFilter,
  type ListedInvitation,
  type ShownInvitation,
} from './invitations.ts'
export { cancelReview, type CancelInput } from './changes/reviews/cancel-review.ts'
export { closeReview, type ClosedReview, type CloseInput } from './changes/reviews/close-review.ts'
export {
  decideReview,
  type DecideInput,
  type DecisionAnswer,
  type DecisionOn,
} from './changes/reviews/decide-review.ts'
export { type ReviewPlace, type ReviewState } from './changes/reviews/found-review.ts'
export { keepReviewPatch } from './changes/reviews/keep-patch.ts'
export { lookAtReview, type ReviewStanding } from './changes/reviews/look-at-review.ts'
export { startReview, type StartedReview, type StartInput } from './changes/reviews/start-review.ts'
export { evidenceOf, type HashedEvidence, type ReviewEvidence } from './queries/review-evidence.ts'
export { listReviewFindings, type ReviewFinding } from './queries/review-findings.ts'
export {
  forgetReviewWakes,
  listOpenReviews,
  listReviews,
  listWaitingPeople,
  readReviewWakes,
  type ListedReview,
  type ReviewFilter,
  type ReviewWakes,
} from './queries/reviews.ts'
export { showReview, type ReviewOnShow } from './queries/show-review.ts'
