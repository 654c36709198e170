import type { AnyAct } from './act.ts'
import { decidingActs } from './applications/decide.ts'
import { listApplications, showApplication } from './applications/look-up.ts'
import { resendVerification, verifyApplication } from './applications/verify.ts'
import { submitApplication } from './applications/submit.ts'
import { addDelegation, delegateApplication, endDelegation, listDelegations } from './delegations.ts'
import { decideReview } from './reviews/decide.ts'
import { cancelReview, closeReview } from './reviews/end.ts'
import { listReviews, showReview } from './reviews/look-up.ts'
import { startReview } from './reviews/start.ts'
import { checkForm, formSchema, listForms } from './forms.ts'
import { acceptInvitation, declineInvitation } from './invitations/answer.ts'
import { changingActs } from './invitations/change.ts'
import { createInvitations } from './invitations/create.ts'
import { listInvitations, showInvitation } from './invitations/look-up.ts'
import { declineByKey, declineNotices } from './notices.ts'

/** Every act that has both a command and a route, by topic. */
export const acts: readonly AnyAct[] = [
  ...[listForms, formSchema, checkForm],
  ...[submitApplication, listApplications, showApplication, ...Object.values(decidingActs), delegateApplication],
  ...[addDelegation, endDelegation, listDelegations],
  ...[verifyApplication, resendVerification],
  ...[
    createInvitations,
    listInvitations,
    showInvitation,
    ...Object.values(changingActs),
    acceptInvitation,
    declineInvitation,
  ],
  ...[startReview, listReviews, showReview, decideReview, closeReview, cancelReview],
  ...[declineNotices, declineByKey],
]
