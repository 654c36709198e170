import { defineSignal } from '@temporalio/workflow'
import { stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** How many mails went out in the runs before. */
export interface MailInput {
  readonly sent?: number
}

export interface MailRunOutcome {
  readonly kind: 'done'
  readonly sent: number
}

/** There may be mail to send: look again. */
export const mailQueued = defineSignal('mailQueued')

export function mailId(instance: string): string {
  return `mail/${instance}`
}

/** The options of the signal-with-start that makes sure that mail goes out: `client.workflow.signalWithStart('mail', …)`. */
export function sendMail(instance: string) {
  const input: MailInput = {}
  return {
    workflowId: mailId(instance),
    taskQueue: controlQueue,
    args: [input] satisfies [MailInput],
    signal: mailQueued,
    signalArgs: [] satisfies [],
    memo: { instance },
    staticSummary: `Mail of ${instance}`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'sending' }],
  }
}
