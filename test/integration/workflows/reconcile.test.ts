import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { ApplicationFailure } from '@temporalio/activity'
import type { StepResult } from '../../../activities/apply-step.ts'
import type { PlannedRun, PlannedStep } from '../../../activities/plan-run.ts'
import { reconcileId, requested, requestReconcile } from '../../../workflows/reconcile/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { commit, openTemporal, quietActivities, withWorkers, type AllActivities } from './harness.ts'

jest.setTimeout(60_000)

const steps: readonly PlannedStep[] = [
  { scope: 'instance', phase: 'main' },
  { scope: 'vo:astro', phase: 'main' },
  { scope: 'instance', phase: 'removals' },
]

describe('reconcile/<instance>', () => {
  let temporal: TestTemporal
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())

  async function run(instance: string, activities: Partial<AllActivities>, meanwhile = async () => Promise.resolve()) {
    return withWorkers(temporal, { ...quietActivities(), ...activities }, async () => {
      await temporal.client.workflow.signalWithStart('reconcile', requestReconcile(instance, { cause: 'poll' }))
      await meanwhile()
      const result: unknown = await temporal.client.workflow.result(reconcileId(instance))
      return result
    })
  }

  function planned(planOf: readonly PlannedStep[]): PlannedRun {
    return { run: 7, epoch: 3, digest: 'd', changes: planOf.length, errors: 0, steps: planOf }
  }

  it('scopes are applied one after the other, in the order of the plan', async () => {
    const applied: string[] = []

    const outcome = await run('applies', {
      planConfiguration: async () => planned(steps),
      applyScope: async ({ scope, phase }) => {
        applied.push(`${scope} ${phase}`)
        return { kind: 'applied', changes: 1 }
      },
    })

    expect({ applied, outcome }).toEqual({
      applied: ['instance main', 'vo:astro main', 'instance removals'],
      outcome: { kind: 'applied', commit, applied: 2, held: 0 },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('applies'), scenario: 'applied' })
  })

  it('a held scope is announced, and the others go on', async () => {
    const announced: unknown[] = []
    const hold = { kind: 'opened', digest: 'd1', at: 1 } as const

    const outcome = await run('holds', {
      planConfiguration: async () => planned([...steps].slice(0, 2)),
      applyScope: async ({ scope }): Promise<StepResult> =>
        scope === 'instance' ? { kind: 'held', changes: 0, hold } : { kind: 'applied', changes: 1 },
      announceHold: async (told) => void announced.push(told),
    })

    expect({ announced, outcome }).toEqual({
      announced: [{ instance: 'holds', scope: 'instance', hold }],
      outcome: { kind: 'held', commit, applied: 1, held: 1 },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('holds'), scenario: 'held' })
  })

  it('of very many scopes the rest is planned anew by the next run, so that no history grows without end', async () => {
    const names = Array.from({ length: 510 }, (_, index) => `vo:v${index}` as const)
    const done = new Set<string>()
    const outcomes: string[] = []

    const outcome = await run('many', {
      planConfiguration: async () =>
        planned(names.filter((scope) => !done.has(scope)).map((scope) => ({ scope, phase: 'main' }))),
      applyScope: async ({ scope }) => {
        if (scope === 'vo:v7') return { kind: 'held', changes: 0 }
        done.add(scope)
        return { kind: 'applied', changes: 1 }
      },
      finishReconcile: async ({ outcome: kind }) => void outcomes.push(kind),
    })

    expect({ done: done.size, outcome, outcomes }).toEqual({
      done: 509,
      outcome: { kind: 'held', commit, applied: 9, held: 1 },
      outcomes: ['held', 'held'],
    })
  })

  it('requests that arrive during a run are exactly one more run, of the newest commit', async () => {
    const fetched: string[] = []
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let begin: () => void = () => undefined
    const planning = new Promise<void>((resolve) => {
      begin = resolve
    })

    const outcome = await run(
      'newest',
      {
        fetchConfiguration: async () => {
          fetched.push(`c${fetched.length + 1}`)
          return { kind: 'fetched', commit: `c${fetched.length}` }
        },
        planConfiguration: async () => {
          begin()
          await gate
          return planned([])
        },
      },
      async () => {
        const handle = temporal.client.workflow.getHandle(reconcileId('newest'))
        await planning
        for (let count = 0; count < 3; count += 1) await handle.signal(requested, { cause: 'webhook' })
        release()
      },
    )

    expect({ fetched, outcome }).toEqual({
      fetched: ['c1', 'c2'],
      outcome: { kind: 'nothing', commit: 'c2', applied: 0, held: 0 },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('newest'), scenario: 'requests-folded' })
  })

  it('what cannot be planned is recorded, and the workflow ends in good order', async () => {
    const recorded: unknown[] = []

    const outcome = await run('fails', {
      planConfiguration: async () => {
        throw ApplicationFailure.nonRetryable('no Instance document', 'CONFIG_UNREADABLE')
      },
      recordFailure: async ({ code }) => void recorded.push({ code }),
    })

    expect({ recorded, outcome }).toEqual({
      recorded: [{ code: 'CONFIG_UNREADABLE' }],
      outcome: { kind: 'failed', commit, applied: 0, held: 0, reason: 'CONFIG_UNREADABLE' },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('fails'), scenario: 'failed' })
  })

  it('a scope that fails holds up no other, and what comes later is planned without it', async () => {
    const applied: object[] = []
    const recorded: unknown[] = []
    const finished: unknown[] = []

    const outcome = await run('scope-fails', {
      planConfiguration: async () => planned(steps),
      applyScope: async ({ scope, phase, run: id, failed }) => {
        if (scope === 'vo:astro') throw ApplicationFailure.nonRetryable('ATTRIBUTE_TAKEN', 'ATTRIBUTE_TAKEN')
        applied.push({ scope, phase, run: id, failed })
        return { kind: 'applied', changes: 1 }
      },
      recordFailure: async (failure) => void recorded.push(failure),
      finishReconcile: async (input) => void finished.push({ ...input, at: undefined }),
    })

    const failures = [{ scope: 'vo:astro', code: 'ATTRIBUTE_TAKEN' }]
    expect({ applied, recorded, finished, outcome }).toEqual({
      applied: [
        { scope: 'instance', phase: 'main', run: 7, failed: [] },
        { scope: 'instance', phase: 'removals', run: 7, failed: ['vo:astro'] },
      ],
      recorded: [],
      finished: [{ run: 7, commit, outcome: 'failed', failures }],
      outcome: { kind: 'failed', commit, applied: 1, held: 0, reason: 'vo:astro: ATTRIBUTE_TAKEN' },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('scope-fails'), scenario: 'scope-failed' })
  })

  it('a run that a newer one has taken over stops at once, and its own row is finished', async () => {
    const asked: string[] = []
    const recorded: unknown[] = []

    const outcome = await run('fenced', {
      planConfiguration: async () => planned(steps),
      applyScope: async ({ scope }) => {
        asked.push(scope)
        throw ApplicationFailure.nonRetryable('FENCED', 'FENCED')
      },
      recordFailure: async ({ run: id, code }) => void recorded.push({ run: id, code }),
    })

    expect({ asked, recorded, outcome }).toEqual({
      asked: ['instance'],
      recorded: [{ run: 7, code: 'FENCED' }],
      outcome: { kind: 'failed', commit, applied: 0, held: 0, reason: 'FENCED' },
    })
    await keepHistory(temporal.client, { workflowId: reconcileId('fenced'), scenario: 'fenced' })
  })

  it('a commit that is refused changes nothing', async () => {
    const refused = { kind: 'refused', commit, reason: 'history was rewritten' } as const

    const outcome = await run('refused', { fetchConfiguration: async () => refused })

    expect(outcome).toEqual({ ...refused, applied: 0, held: 0 })
    await keepHistory(temporal.client, { workflowId: reconcileId('refused'), scenario: 'refused' })
  })

  it('what cannot be fetched or even recorded ends the run in good order', async () => {
    const fail = async () => {
      throw ApplicationFailure.nonRetryable('no answer', 'GIT_REFUSED')
    }

    const outcome = await run('unreachable', { fetchConfiguration: fail, recordFailure: fail })

    expect(outcome).toEqual({ kind: 'failed', applied: 0, held: 0, reason: 'GIT_REFUSED' })
    await keepHistory(temporal.client, { workflowId: reconcileId('unreachable'), scenario: 'not-recorded' })
  })

  it('what is held at its first step is left alone at its later ones', async () => {
    const asked: string[] = []

    const outcome = await run('holds-later', {
      planConfiguration: async () => planned(steps),
      applyScope: async ({ scope, phase }) => {
        asked.push(`${scope} ${phase}`)
        return scope === 'instance' ? { kind: 'held', changes: 0 } : { kind: 'applied', changes: 1 }
      },
    })

    expect(asked).toEqual(['instance main', 'vo:astro main'])
    expect(outcome).toEqual({ kind: 'held', commit, applied: 1, held: 1 })
    await keepHistory(temporal.client, { workflowId: reconcileId('holds-later'), scenario: 'held-steps-left-out' })
  })

  it('requests without end are served over as many runs as it takes', async () => {
    const handle = temporal.client.workflow.getHandle(reconcileId('endless'))
    let fetched = 0
    const fetchConfiguration = async () => {
      fetched += 1
      if (fetched <= 20) await handle.signal(requested, { cause: 'webhook' })
      return { kind: 'refused', commit, reason: 'history was rewritten' } as const
    }

    await run('endless', { fetchConfiguration })

    const { workflowId } = handle
    const { events } = await handle.fetchHistory()
    const runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? ''
    expect({ fetched, isContinued: runId !== '' }).toEqual({ fetched: 21, isContinued: true })
    await keepHistory(temporal.client, { workflowId, runId, scenario: 'continued' })
  })

  it('resync only asks for a reconcile', async () => {
    const asked: unknown[] = []

    await withWorkers(
      temporal,
      { ...quietActivities(), askForReconcile: async (request) => void asked.push(request) },
      async () => {
        const args = [{ instance: 'applies' }]
        await temporal.client.workflow.execute('resync', { workflowId: 'resync/applies', taskQueue: 'control', args })
      },
    )

    expect(asked).toEqual([{ instance: 'applies', cause: 'schedule' }])
    await keepHistory(temporal.client, { workflowId: 'resync/applies', scenario: 'asked' })
  })
})
