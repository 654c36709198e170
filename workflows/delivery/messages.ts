import { defineQuery, defineSignal } from '@temporalio/workflow'
import { facilityAttribute, stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which service goes to which destination. */
export interface DeliveryTarget {
  readonly facility: string
  readonly service: string
  readonly destination: string
}

/** What a delivery starts from; all but the target is carried over. */
export interface DeliveryInput extends DeliveryTarget {
  readonly trouble?: Trouble
}

/** How long a destination has been failing, in absolute times. */
export interface Trouble {
  readonly failures: number
  readonly sinceAt: number
  readonly nextAt: number
  readonly reason: string
}

export interface DeliveryOutcome {
  readonly kind: 'delivered' | 'gone' | 'blocked' | 'waiting'
  readonly attempts: number
}

/** There is something newer to deliver; it is tried at once. */
export const newer = defineSignal('newer')

/** Answers how the trouble stands. */
export const trouble = defineQuery<Trouble | undefined>('trouble')

export function deliveryId({ facility, service, destination }: DeliveryTarget): string {
  return `delivery/${facility}/${service}/${destination}`
}

/** The options of the signal-with-start that keeps trying a destination: `client.workflow.signalWithStart('delivery', …)`. */
export function keepDelivering(target: DeliveryTarget, trouble?: Trouble) {
  const input: DeliveryInput = { ...target, ...(trouble === undefined ? {} : { trouble }) }
  return {
    workflowId: deliveryId(target),
    taskQueue: controlQueue,
    args: [input] satisfies [DeliveryInput],
    signal: newer,
    signalArgs: [] satisfies [],
    memo: { ...target },
    staticSummary: `Deliver ${target.service} of ${target.facility} to ${target.destination}`,
    typedSearchAttributes: [
      { key: facilityAttribute, value: target.facility },
      { key: stateAttribute, value: 'failing' },
    ],
  }
}
