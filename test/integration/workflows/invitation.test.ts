import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createInvitationActivities } from '../../../activities/invitations.ts'
import * as store from '../../../store/index.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { invitationId, watchInvitation, type InvitationOutcome } from '../../../workflows/invitation/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { applicationsIn } from '../store/applications-world.ts'
import { invitationsIn } from '../store/invitations-world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const dayMs = 86_400_000
const dayIn = (days: number): string => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)

describe('invitation/<id>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await applicationsIn(() => database).astro()
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })
  const { accept, change, invited, keyOf, outcome, stateOf } = invitationsIn(() => database)

  const real = () => ({ ...quietActivities(), ...createInvitationActivities({ pool: database.pool, store }) })
  const handleOf = (id: number) =>
    temporal.client.workflow.getHandle<() => Promise<InvitationOutcome>>(invitationId(id))
  const start = async (id: number) =>
    temporal.client.workflow.signalWithStart('invitation', watchInvitation({ id, vo: 'astro' }))
  const invite = async (address: string, days: number) =>
    invited(address, { requests: [{ address, until: dayIn(days) }], now: new Date() })

  /** Tells workflows what the relay would. */
  async function tell(): Promise<{ readonly open: readonly number[]; readonly ended: readonly number[] }> {
    const workflows = createWorkflowStarter(temporal.client, 'test')
    const { open, ended, ids } = await store.readInvitationWakes(database.pool)
    for (const one of open) await workflows.watchInvitation(one)
    for (const id of ended) await workflows.leaveInvitation(id)
    await store.forgetInvitationWakes(database.pool, { ids })
    return { open: open.map(({ id }) => id), ended }
  }

  it('sleeps until the day on which it counts no more, and ends it', async () => {
    const id = await invite('late@example.org', 60)

    const result = await withWorkers(temporal, real(), async () => {
      await skipTime(temporal.client, await start(id))
      return handleOf(id).result()
    })

    expect(result).toEqual({ kind: 'expired' })
    expect(await stateOf(id)).toBe('expired')
    await keepHistory(temporal.client, { workflowId: invitationId(id), scenario: 'expired' })
  })

  it('ends with the use of the key or by being revoked, and is not begun again', async () => {
    await tell()
    const [used, revoked] = [await invite('used@example.org', 30), await invite('revoked@example.org', 30)]
    const key = await keyOf(used)

    const results = await withWorkers(temporal, real(), async () => {
      expect(await tell()).toEqual({ open: [used, revoked], ended: [] })
      expect(await outcome(accept(key, 'idp/new', { now: new Date() }))).toEqual(['astro open'])
      await change('revoke', [revoked], { now: new Date() })
      expect(await tell()).toEqual({ open: [], ended: [used, revoked] })
      return Promise.all([handleOf(used).result(), handleOf(revoked).result()])
    })

    expect(results).toEqual([{ kind: 'ended' }, { kind: 'ended' }])
    await keepHistory(temporal.client, { workflowId: invitationId(used), scenario: 'used' })
  })

  it('sleeps on where it was sent again with another day', async () => {
    const id = await invite('again@example.org', 2)

    const result = await withWorkers(temporal, real(), async () => {
      await tell()
      await change('resend', [id], { now: new Date(), until: dayIn(100) })
      await tell()
      const { raw } = await handleOf(id).describe()
      await skipTime(temporal.client, {
        workflowId: invitationId(id),
        runId: raw.workflowExecutionInfo?.execution?.runId ?? '',
      })
      return handleOf(id).result()
    })

    expect(result).toEqual({ kind: 'expired' })
    await keepHistory(temporal.client, { workflowId: invitationId(id), scenario: 'sent-again' })
  })

  it('keeps nothing of the person: no address, name or message', async () => {
    const marker = 'zaphod-beeblebrox'
    const id = await invited('x@example.org', {
      requests: [{ address: `${marker}@example.org`, name: marker, message: marker, until: dayIn(30) }],
      now: new Date(),
    })

    const history = await withWorkers(temporal, real(), async () => {
      await start(id)
      await change('revoke', [id], { now: new Date(), reason: marker })
      await tell()
      await handleOf(id).result()
      return handleOf(id).fetchHistory()
    })

    expect(JSON.stringify(history)).not.toContain(marker)
    expect(JSON.stringify(history)).not.toContain(Buffer.from(marker).toString('base64').slice(2, -4))
  })
})
