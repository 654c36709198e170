import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { createAnnouncementActivities } from '../activities/announcement.ts'
import { createApplicationActivities } from '../activities/applications.ts'
import { createBanActivities } from '../activities/bans.ts'
import { createClockActivities } from '../activities/clock.ts'
import { createDelegationActivities } from '../activities/delegations.ts'
import { createDeliveryActivities } from '../activities/delivery.ts'
import type { DestinationDependencies } from '../activities/destination-of.ts'
import { writeMails, type DraftDependencies } from '../activities/drafts.ts'
import { createHoldActivities } from '../activities/hold.ts'
import { createInvitationActivities } from '../activities/invitations.ts'
import { createMailActivities } from '../activities/mail.ts'
import { tellNotices, type NoticeDependencies } from '../activities/notices.ts'
import { createPropagationActivities } from '../activities/propagation.ts'
import { createReconcileActivities } from '../activities/reconcile.ts'
import { createRequestActivities } from '../activities/request.ts'
import { createReviewActivities } from '../activities/reviews.ts'
import { createSyncActivities, type SyncDependencies } from '../activities/sync.ts'
import type { Reached } from '../activities/crash-point.ts'
import type { WorkflowStarter } from '../activities/workflow-starter.ts'
import { isLoopback } from '../api/loopback.ts'
import type { GitEnvironment } from '../connectors/config-repo/git-process.ts'
import { createMailFolder } from '../connectors/mail/folder.ts'
import { createSmtp } from '../connectors/mail/smtp.ts'
import type { MailTransport } from '../connectors/mail/transport.ts'
import { destinationTypes, generators, sourceTypes } from '../connectors/registry.ts'
import { BodyCache } from '../connectors/source-input/body-cache.ts'
import { renderTemplate } from '../connectors/templates.ts'
import { createWebhook } from '../connectors/webhook/webhook.ts'
import * as store from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { WorkerConfig } from './config.ts'
import { openConfiguration, type OpenConfiguration } from './configuration.ts'
import { createReached } from './crash.ts'
import { registerSearchAttributes } from './embedded/search-attributes.ts'
import type { Env } from './embedded/temporal-binary.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { openSecrets } from './secrets.ts'
import { createWorkflowStarter } from './workflow-client.ts'

/** Where the servers and the repository are, found or started. */
export interface Addresses {
  readonly database: string
  readonly temporal: string
  readonly configRepo: string
  readonly branch: string
}

/** Everything the roles share. */
export interface Dependencies {
  readonly config: WorkerConfig
  readonly addresses: Addresses
  readonly log: Log
  readonly store: typeof store
  readonly pool: Pool
  readonly client: Client
  readonly workflows: WorkflowStarter
  readonly configuration: OpenConfiguration
  readonly metrics: Metrics
  readonly reached: Reached
  /** Of what sources read at addresses. */
  readonly bodyCache: BodyCache
  close(): Promise<void>
}

/** Opens pool, Temporal client and mirror, and brings the database's tables up to date. */
export async function openDependencies({
  config,
  addresses,
  log,
  env,
}: {
  config: WorkerConfig
  addresses: Addresses
  log: Log
  env: Env
}): Promise<Dependencies> {
  const pool = store.openPool(addresses.database)
  await store.migrate(pool)
  const connection = await Connection.connect({ address: addresses.temporal })
  await registerSearchAttributes(connection, config.namespace)
  const client = new Client({ connection, namespace: config.namespace })
  const bodyCache = new BodyCache(join(config.home, 'bodies'), { now: Date.now })
  await bodyCache.empty()
  const configuration = openConfiguration({
    url: addresses.configRepo,
    branch: addresses.branch,
    folder: `${config.home}/mirror.git`,
    allowsFiles: config.isDev,
    environment: gitEnvironment(env),
  })
  return {
    ...{ config, addresses, log, store, pool, client, configuration, bodyCache },
    workflows: createWorkflowStarter(client, config.instance),
    metrics: createMetrics({ pool, store, now: Date.now, namesScopes: isLoopback(config.host) }),
    reached: createReached(config.crash),
    close: async () => {
      await bodyCache.close()
      await pool.end()
      await connection.close()
    },
  }
}

/** What the destinations of a facility may use of this process. */
export function destinationEnvironment(
  { out, allowedPrivate }: Pick<WorkerConfig, 'allowedPrivate' | 'out'>,
  secrets: ReturnType<typeof openSecrets>,
): DestinationDependencies['environment'] {
  return (facility) => ({
    ...{ out, allowedPrivate, now: Date.now },
    secret: async (name) => secrets({ kind: 'Facility', document: facility, name }),
  })
}

/** What git may know of this process. */
export function gitEnvironment(env: Env): GitEnvironment {
  const known = (['HOME', 'SSH_AUTH_SOCK', 'GIT_SSH_COMMAND', 'GIT_SSH'] as const).flatMap((name) => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return { PATH: env['PATH'] ?? '/usr/bin:/bin', ...Object.fromEntries(known) }
}

/** Mail goes to the server that is named; a developer's machine keeps it in the home, so that it can be looked at. */
function mailTransport({ smtpUrl, mailFrom: from, isDev, home }: WorkerConfig): MailTransport | undefined {
  if (smtpUrl !== undefined) return createSmtp({ url: smtpUrl, from })
  return isDev ? createMailFolder({ folder: `${home}/mail`, from }) : undefined
}

/** Builds every activity; `nudge` wakes the relay of this process. */
export function createActivities(dependencies: Dependencies, { env, nudge }: { env: Env; nudge: () => void }) {
  const { config, configuration, log, metrics, pool, reached, workflows } = dependencies
  const secrets = openSecrets(dependencies, env)
  const telling: NoticeDependencies & DraftDependencies = {
    ...{ pool, store, render: renderTemplate },
    onBroken: (facts) => log.warn({ ...facts }, 'A notification cannot be rendered; the built-in text goes out'),
  }
  return {
    ...createRequestActivities({ workflows }),
    ...createReconcileActivities({
      ...{ pool, store, configuration, workflows, reached, nudge },
      compileSchema: configuration.compileSchema,
      onRun: (outcome) => metrics.countRun(outcome),
      onFailure: (failure) => log.error({ ...failure }, 'A part of a reconcile failed'),
    }),
    ...createHoldActivities({
      ...{ pool, store, workflows },
      remind: (hold) => log.warn({ ...hold }, 'A hold is waiting for approval'),
    }),
    ...createBanActivities({ pool, store }),
    ...createDelegationActivities({ pool, store }),
    ...createInvitationActivities({ pool, store }),
    ...createApplicationActivities({ pool, store, reached, compileSchema: configuration.compileSchema }),
    ...createReviewActivities({ pool, store, configuration }),
    ...createClockActivities({ pool, store, reached, tell: async (input) => tellNotices(telling, input) }),
    ...createMailActivities({
      ...{ pool, store, reached, transport: mailTransport(config), now: Date.now },
      write: async (input) => writeMails(telling, input),
    }),
    ...createAnnouncementActivities({
      ...{ pool, store },
      ...(config.announceTo === undefined ? {} : { webhook: createWebhook(config.announceTo) }),
      failed: (facts) => log.warn({ ...facts }, 'An announcement was not taken; trying again'),
    }),
    ...createPropagationActivities({
      ...{ pool, store, generators, workflows, reached },
      onLeftOut: (facts) => log.info({ ...facts }, 'A snapshot leaves people out'),
    }),
    ...createSyncActivities(syncing(dependencies, secrets)),
    ...createDeliveryActivities({
      ...{ pool, store, destinationTypes, reached },
      readFile: async (commit, path) => configuration.readFile(commit, path),
      environment: destinationEnvironment(config, secrets),
    }),
  }
}

function syncing(
  { bodyCache, config, configuration, log, metrics, pool, reached, workflows }: Dependencies,
  secrets: ReturnType<typeof openSecrets>,
): SyncDependencies {
  return {
    ...{ pool, store, workflows, sourceTypes, reached, now: Date.now, compileSchema: configuration.compileSchema },
    environment: { in: config.in, allowedPrivate: config.allowedPrivate, bodyCache },
    secret: async (source, name) => secrets({ kind: 'Source', document: source, name }),
    readFile: async (commit, path) => configuration.readFile(commit, path),
    onFailure: ({ source, vo, group }, failure) =>
      log.error({ source, vo, group, ...failure }, 'A sync could not be run; trying again'),
    onRun: ({ kind, subjects, skipped }, { source, vo, group }, tookMs) => {
      metrics.countSync({ source, outcome: kind, tookMs, subjects })
      log.info({ source, vo, group, outcome: kind, subjects, skipped, tookMs }, 'A sync ended')
    },
  }
}
