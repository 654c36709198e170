import type { Registry } from 'prom-client'
import type { ActContext } from './acts/act.ts'
import type { OperatorToken } from './operator-token.ts'
import type {
  DeliveryState,
  ListedDelivery,
  MembersAnswer,
  OverviewAnswer,
  StatusAnswer,
  WhyAnswer,
} from '../core/model/answers.ts'

/** A reconcile run as the API shows it. */
export interface Run {
  readonly commit: string
  readonly startedAt: Date
  /** Undefined while it runs. */
  readonly outcome: string | undefined
}

/** A day, whose end in the time zone of the VO is meant, or a moment; without it, now. */
interface Then {
  readonly asOf?: string | Date
}

/** What the pages and the JSON API read. */
export interface Reads {
  /** Throws where PostgreSQL does not answer. */
  ping(): Promise<void>
  status(): Promise<StatusAnswer>
  overview(): Promise<OverviewAnswer>
  /** The newest ones, newest first. */
  runs(limit: number): Promise<readonly Run[]>
  members(of: { readonly vo: string; readonly group?: string } & Then): Promise<MembersAnswer>
  /** Who has access to a resource, or none although a group leads there. */
  access(to: { readonly vo: string; readonly resource: string } & Then): Promise<MembersAnswer>
  why(
    question: { readonly identity: string; readonly vo: string; readonly resource: string } & Then,
  ): Promise<WhyAnswer>
  deliveries(filter: {
    readonly facility?: string
    readonly service?: string
    readonly destination?: string
    readonly state?: DeliveryState
  }): Promise<readonly ListedDelivery[]>
}

export interface Links {
  readonly temporalUi?: string
  readonly configRepo?: string
  /** The home that commands have to name; absent where they find it by themselves. */
  readonly home?: string
}

/** What the API needs of the process around it. */
export interface ApiDependencies {
  /** `readsFrom(pool, now)` of `api/reads.ts`. */
  readonly reads: Reads
  /** Does what the commands do too. */
  readonly withActs: <T>(work: (context: ActContext) => Promise<T>) => Promise<T>
  /** The token by which the operator is known from elsewhere, as it stands now. */
  readonly operatorToken: () => Promise<OperatorToken>
  /** Throws where Temporal does not answer. */
  readonly checkTemporal: () => Promise<void>
  /** Asks `reconcile/<instance>` for one more look at the head. */
  readonly requestReconcile: () => Promise<void>
  readonly metrics: Pick<Registry, 'metrics' | 'contentType'>
  /** Secret of the webhook; without one every call of it is refused. */
  readonly webhookSecret?: string
  readonly links: Links
  readonly now: () => Date
}
