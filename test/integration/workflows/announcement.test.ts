import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { ApplicationFailure } from '@temporalio/activity'
import { createAnnouncementActivities } from '../../../activities/announcement.ts'
import { isSignedBy } from '../../../api/signature.ts'
import { createWebhook } from '../../../connectors/webhook/webhook.ts'
import { openPool, type Hold } from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { announcementId, type AnnouncementInput } from '../../../workflows/announcement/messages.ts'
import { approved, holdId, superseded, watchHold } from '../../../workflows/hold/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import { startReceiver, type Received, type Receiver } from '../../support/receiver.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { openTemporal, quietActivities, withWorkers, type AllActivities } from './harness.ts'

jest.setTimeout(60_000)

const secret = 'a key of the receiver'
const hourMs = 3_600_000

/** A hold as PostgreSQL gives it, with a person's name where there may be one. */
function heldIn(scope: Hold['scope'], digest: string): Hold {
  const reason = { code: 'removes-too-many', message: 'github/ada and 11 others', removed: 12, base: 40 } as const
  const set = { kind: 'group', vo: 'astro', name: 'team' } as const
  return {
    ...{ kind: 'commit', scope, digest, commit: 'c0ffee', since: new Date() },
    reasons: [
      { ...reason, subject: 'group team' },
      { ...reason, subject: 'resource batch' },
      { code: 'last-manager', subject: 'VO astro', message: 'github/ada is the last manager' },
    ],
    losses: [1, 2, 2].map((user) => ({ set, user })),
  }
}

describe('announcements of a hold', () => {
  let temporal: TestTemporal
  const open: Receiver[] = []
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterEach(async () => {
    for (const receiver of open.splice(0)) await receiver.close()
  })
  afterAll(async () => temporal.close())

  async function receiver(options?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
    const started = await startReceiver(options)
    open.push(started)
    return started
  }

  /** The real activities, on a store that knows these digests as held. */
  function announcingTo(url: string, scope: Hold['scope'], digests = ['d1']): AllActivities & { failures: string[] } {
    const failures: string[] = []
    const activities = createAnnouncementActivities({
      // No fake of ours connects.
      pool: openPool('postgres://127.0.0.1:1/none'),
      store: { listHolds: async () => digests.map((digest) => heldIn(scope, digest)) },
      webhook: createWebhook({ url, secret }, { withinMs: 300 }),
      failed: ({ reason }) => void failures.push(reason),
    })
    return { ...quietActivities(), ...activities, failures }
  }

  async function watch(scope: Hold['scope'], sinceAt = Date.now()) {
    const hold = watchHold({ instance: 'main', scope, digest: 'd1', sinceAt })
    return temporal.client.workflow.signalWithStart('hold', hold)
  }

  /** What became of an announcement, whose workflow need not have begun yet. */
  async function resultOf(workflowId: string): Promise<unknown> {
    const handle = temporal.client.workflow.getHandle(workflowId)
    const hasBegun = async () =>
      handle.describe().then(
        () => true,
        () => false,
      )
    await waitUntil(hasBegun, 20_000)
    return handle.result()
  }

  it('say that it opened, what waits and how to approve, are repeated every day, and say that it lapsed', async () => {
    const scope = 'vo:told'
    const { url, received } = await receiver()

    const sinceAt = Date.now()
    await withWorkers(temporal, announcingTo(url, scope), async () => {
      const handle = await watch(scope, sinceAt)
      await skipTime(temporal.client, handle)
      await handle.result()
      await waitUntil(async () => received.length === 4, 20_000)
    })

    const bodies = received.map(bodyOf).sort((a, b) => a.ageMs - b.ageMs)
    const facts = { instance: 'main', scope, digest: 'd1', since: new Date(sinceAt).toISOString() }
    const waiting = {
      ...facts,
      reasons: [
        { code: 'removes-too-many', count: 2 },
        { code: 'last-manager', count: 1 },
      ],
      losses: 2,
      approve: 'guildhall approve d1 --reason "…"',
    }
    const moment = ({ ageMs }: { ageMs: number }) => ({ at: new Date(sinceAt + ageMs).toISOString(), ageMs })
    expect(bodies.map(({ ageMs }) => Math.floor(ageMs / hourMs))).toEqual([0, 24, 48, 72])
    expect(bodies).toEqual([
      { ...waiting, event: 'opened', ...moment(bodies[0] ?? none) },
      { ...waiting, event: 'reminded', ...moment(bodies[1] ?? none) },
      { ...waiting, event: 'reminded', ...moment(bodies[2] ?? none) },
      { ...facts, event: 'lapsed', ...moment(bodies[3] ?? none) },
    ])
    expect(received.filter(({ body, headers }) => !isSigned(body, headers))).toEqual([])
    expect(new Set(received.map(deliveryOf)).size).toBe(4)
    // Signatures are hexadecimal, in which any short name can stand by chance.
    expect(received.map(({ body }) => body).join()).not.toContain('ada')
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'announced' })
    const opened = announcementId({ ...told, scope, sinceAt })
    await keepHistory(temporal.client, { workflowId: opened, scenario: 'posted' })
  })

  it('say that others took its place, and that nothing is left of them', async () => {
    const scope = 'vo:changing'
    const { url, received } = await receiver()
    const at = Date.now() + 5_000
    let first = ''

    await withWorkers(temporal, announcingTo(url, scope), async () => {
      const handle = await watch(scope)
      first = handle.signaledRunId
      await handle.signal(superseded, { digest: 'd2', at })
      await waitUntil(async () => received.length === 2, 20_000)
      await temporal.client.workflow.getHandle(holdId(scope)).signal(superseded, { at })
      await waitUntil(async () => received.length === 3, 20_000)
    })

    const events = received.map(bodyOf).map(({ event, digest, replaces }) => ({ event, digest, replaces }))
    expect(events.sort((a, b) => (a.event < b.event ? -1 : 1))).toEqual([
      { event: 'opened', digest: 'd1', replaces: undefined },
      { event: 'replaced', digest: 'd2', replaces: 'd1' },
      { event: 'voided', digest: 'd2', replaces: undefined },
    ])
    await keepHistory(temporal.client, { workflowId: holdId(scope), runId: first, scenario: 'gives-way' })
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'replaced' })
  })

  it('to a receiver that hangs keep no approval from being heard, and arrive once it answers', async () => {
    const scope = 'vo:hanging'
    let isBack = false
    const { url, received } = await receiver({
      answer: (response) => {
        if (isBack) response.writeHead(200).end()
      },
    })
    const sinceAt = Date.now()
    const activities = announcingTo(url, scope)
    let outcome: unknown

    await withWorkers(temporal, activities, async () => {
      const handle = await watch(scope, sinceAt)
      await waitUntil(async () => activities.failures.length > 0, 20_000)
      await handle.signal(approved, { digest: 'd1' })
      outcome = await handle.result()
      isBack = true
      await resultOf(announcementId({ ...told, scope, sinceAt }))
      await resultOf(announcementId({ ...told, event: 'approved', scope, sinceAt }))
    })

    expect(outcome).toEqual({ kind: 'approved', digest: 'd1' })
    expect(activities.failures[0]).toMatch(/^127\.0\.0\.1:\d+: no answer within 0\.3 s$/)
    expect(new Set(received.map((request) => bodyOf(request).event))).toEqual(new Set(['opened', 'approved']))
  })

  it('that a receiver refuses are repeated with the same id, body and signature until it takes them', async () => {
    const scope = 'vo:refused'
    const { url, received } = await receiver({
      answer: (response, count) => void response.writeHead([500, 302][count - 1] ?? 204, { location: '/' }).end(),
    })
    const sinceAt = Date.now()
    const workflowId = announcementId({ ...told, scope, sinceAt })
    const activities = announcingTo(url, scope)
    let outcome: unknown

    await withWorkers(temporal, activities, async () => {
      await watch(scope, sinceAt)
      outcome = await resultOf(workflowId)
    })

    expect(outcome).toEqual({ kind: 'posted' })
    expect(activities.failures.map((reason) => reason.replace(/^.* answered /, ''))).toEqual(['500', '302'])
    expect(received).toHaveLength(3)
    expect(new Set(received.map(deliveryOf))).toEqual(new Set([workflowId]))
    expect(new Set(received.map(({ body, headers }) => `${String(headers[signatureHeader])} ${body}`)).size).toBe(1)
    await keepHistory(temporal.client, { workflowId, scenario: 'posted-after-failures' })
  })

  it('to a receiver that is down arrive when it is back', async () => {
    const scope = 'vo:down'
    const down = await startReceiver()
    await down.close()
    const sinceAt = Date.now()
    const activities = announcingTo(down.url, scope)
    let back: Receiver | undefined

    await withWorkers(temporal, activities, async () => {
      await watch(scope, sinceAt)
      await waitUntil(async () => activities.failures.length > 0, 20_000)
      back = await receiver({ port: down.port })
      await resultOf(announcementId({ ...told, scope, sinceAt }))
    })

    expect(activities.failures[0]).toContain('ECONNREFUSED')
    expect(back?.received.map((request) => bodyOf(request).event)).toEqual(['opened'])
  })

  it('are made once for a hold that is watched anew', async () => {
    const scope = 'vo:anew'
    const { url, received } = await receiver()
    const sinceAt = Date.now()

    await withWorkers(temporal, announcingTo(url, scope), async () => {
      const lost = await watch(scope, sinceAt)
      await waitUntil(async () => received.length === 1, 20_000)
      await lost.terminate('lost')
      const handle = await watch(scope, sinceAt)
      await handle.signal(approved, { digest: 'd1' })
      await handle.result()
      await waitUntil(async () => received.length === 2, 20_000)
    })

    expect(received.map((request) => bodyOf(request).event)).toEqual(['opened', 'approved'])
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'announced-before' })
  })

  it.each([
    ['nobody-to-tell', quietActivities(), { kind: 'nobody-to-tell' }],
    [
      'given-up',
      {
        ...quietActivities(),
        writeAnnouncement: async () => ({ ...told, since: '', at: '', ageMs: 0 }),
        postAnnouncement: async () => {
          throw ApplicationFailure.nonRetryable('hook.example.org answered 410', 'ANNOUNCEMENT_FAILED')
        },
      },
      { kind: 'given-up', reason: 'ANNOUNCEMENT_FAILED: hook.example.org answered 410' },
    ],
  ])('end in good order: %s', async (scenario, activities, outcome) => {
    const workflowId = announcementId({ ...told, scope: `vo:${scenario}` })

    const ended: unknown = await withWorkers(temporal, activities, async () => {
      const args = [{ ...told, scope: `vo:${scenario}` }]
      const result: unknown = await temporal.client.workflow.execute('announcement', {
        ...{ workflowId, taskQueue: 'control', args },
      })
      return result
    })

    expect(ended).toEqual(outcome)
    await keepHistory(temporal.client, { workflowId, scenario })
  })
})

const told: AnnouncementInput = {
  ...{ event: 'opened', instance: 'main', scope: 'instance', digest: 'd1' },
  ...{ sinceAt: 1_000, at: 1_000 },
}
const none = { ageMs: 0 }
const signatureHeader = 'x-guildhall-signature'

function deliveryOf({ headers }: Received): unknown {
  return headers['x-guildhall-delivery']
}

function isSigned(body: string, headers: Received['headers']): boolean {
  return isSignedBy({ body: Buffer.from(body), secret, signature: String(headers[signatureHeader]) })
}

interface Body {
  readonly event: string
  readonly digest: string
  readonly replaces?: string
  readonly ageMs: number
}

function bodyOf({ body }: Received): Body {
  const parsed: unknown = JSON.parse(body)
  if (isBody(parsed)) return parsed
  throw new Error(`Not an announcement: ${body}`)
}

function isBody(value: unknown): value is Body {
  return value instanceof Object && typeof Reflect.get(value, 'event') === 'string'
}
