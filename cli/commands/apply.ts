import type { Client, WorkflowHandle } from '@temporalio/client'
import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { StatusAnswer } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import type { ReconcileOutcome } from '../../workflows/reconcile/messages.ts'
import { answerWith, describeCommand, type Answer } from '../command.ts'
import { seconds } from '../read-seconds.ts'
import type { Shell } from '../shell.ts'
import { askForReconcile } from '../system/ask-for-reconcile.ts'
import { readHalts, type Halts } from '../system/read-halts.ts'
import { withState, type OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { renderFindings } from '../text/findings.ts'
import { haltLines } from '../text/halts.ts'
import { renderHolds } from '../text/holds.ts'
import { short } from '../text/words.ts'
import { exitCodes } from '../exit-codes.ts'

interface ApplyOptions {
  readonly timeout: number
}

export function applyCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'apply',
    summary: 'bring the newest commit into force now, and wait for it',
    description:
      'Asks for a look at the head of the configuration repository and waits until that commit is applied, held or in error. It only hurries: every commit is found by itself within minutes.',
    examples: [
      ['guildhall apply', 'after `git commit` or `git push`'],
      ['guildhall apply --timeout 30 --json', 'for a program'],
    ],
    exitCodes: { 3: 'something is held, or everything is frozen' },
  }).option('--timeout <seconds>', 'how long to wait', seconds, 300)
  return answerWith<ApplyOptions>(command, shell, async ({ options }) =>
    withState(shell, options, async (state) => {
      const outcome = await withTemporal(state.system, (client) => reconcile(shell, { client, state, ...options }))
      return answer(outcome, await state.store.readStatus(state.pool, shell.now()), await readHalts(state))
    }),
  )
}

interface Waiting extends ApplyOptions {
  readonly client: Client
  readonly state: OpenState
}

async function reconcile(shell: Shell, { client, state, timeout }: Waiting): Promise<ReconcileOutcome> {
  const handle = await askForReconcile(client, state.system, 'command')
  const stop = shell.isTerminal ? await showProgress(shell, handle) : () => undefined
  // What waits has to be told to stop, or the process would not end.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout * 1000)
  try {
    return await client.withAbortSignal(late.signal, () => handle.result())
  } catch (error) {
    throw late.signal.aborted ? waitEnded(timeout) : error
  } finally {
    clearTimeout(timer)
    stop()
  }
}

function waitEnded(timeout: number): GuildhallError {
  return new GuildhallError(
    'WAIT_ENDED',
    `Cannot tell what became of the newest commit: no answer within ${timeout} s; it goes on by itself, \`guildhall status\` shows where it stands, \`guildhall doctor\` whether a worker runs`,
    { facts: { timeout } },
  )
}

async function showProgress(shell: Shell, handle: WorkflowHandle): Promise<() => void> {
  const { progress } = await import('../../workflows/reconcile/messages.ts')
  let shown = ''
  const timer = setInterval(() => {
    handle.query(progress).then(
      ({ step, commit }) => {
        const line = commit === undefined ? step : `${step} ${short(commit)}`
        if (line !== shown) shell.complain(`${line} …\n`)
        shown = line
      },
      () => undefined,
    )
  }, 500)
  return () => clearInterval(timer)
}

function answer(outcome: ReconcileOutcome, all: StatusAnswer, halts: Halts): Answer {
  // What is held by itself has no part in commits.
  const status = { ...all, holds: all.holds.filter(({ change }) => change === undefined) }
  const { kind, commit, reason } = outcome
  const json = {
    outcome: kind,
    commit: commit ?? status.head,
    ...(reason === undefined ? {} : { reason }),
    applied: status.applied,
    holds: status.holds,
    errors: status.errors,
    ...halts,
  }
  const stopped = haltLines(halts)
  const details = [
    ...(stopped.length === 0 ? [] : [stopped.join('\n')]),
    ...(status.holds.length === 0 ? [] : [renderHolds(status.holds)]),
    ...(status.errors.length === 0 ? [] : [renderFindings(status.errors)]),
  ]
  return { json, text: [headline(outcome, status), ...details].join('\n\n'), exitCode: exitCode(outcome, status) }
}

function headline(outcome: ReconcileOutcome, status: StatusAnswer): string {
  const { kind, commit, applied, held, reason } = outcome
  const name = commit === undefined ? 'The newest commit' : `Commit ${short(commit)}`
  const behind = scopesBehind(outcome, status)
  switch (kind) {
    case 'applied':
      return `${name} is in force${behind}: ${count(applied, 'scope')} changed`
    case 'nothing':
      if (isNowhere(outcome, status)) return `${name} is not in force in any scope`
      return behind === '' ? `${name} is in force already: nothing to change` : `${name} is in force${behind}`
    case 'held':
      return `${name}: ${count(held, 'scope')} held, ${count(applied, 'scope')} changed`
    case 'refused':
    case 'failed':
      return `${name} was not applied: ${reason ?? 'no reason was given'}`
  }
}

const shownScopes = 5

/** Names the scopes that another commit is in force in, because they are frozen or faulty. */
function scopesBehind({ commit }: ReconcileOutcome, { head, applied }: StatusAnswer): string {
  if (commit === undefined || head !== commit) return ''
  const behind = Object.entries(applied).flatMap(([scope, at]) => (at === commit ? [] : [scope]))
  if (behind.length === 0) return ''
  const more = behind.length > shownScopes ? [`${behind.length - shownScopes} more`] : []
  return `, but not in ${[...behind.slice(0, shownScopes), ...more].join(', ')}`
}

/** As while everything is frozen. */
function isNowhere({ commit }: ReconcileOutcome, { head, applied }: StatusAnswer): boolean {
  return commit !== undefined && head === commit && !Object.values(applied).includes(commit)
}

function exitCode(outcome: ReconcileOutcome, status: StatusAnswer): number {
  const { kind } = outcome
  if (kind === 'failed' || kind === 'refused' || status.errors.some(({ severity }) => severity === 'error'))
    return exitCodes.error
  const isHeld = kind === 'held' || status.holds.length > 0 || isNowhere(outcome, status)
  return isHeld ? exitCodes.held : exitCodes.done
}
