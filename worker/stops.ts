import { GuildhallError } from '../core/errors.ts'
import type { Log } from './log.ts'

/** What is stopped in one go: the name says when. */
export interface Stop {
  readonly name: 'endpoints' | 'roles' | 'connections' | 'Temporal' | 'PostgreSQL' | 'home'
  readonly stop: () => Promise<void>
  /** Ends by force what would outlive this process. */
  readonly kill?: () => Promise<void>
}

interface Options {
  readonly log: Log | undefined
  readonly patienceMs: number
}

/** The servers outlast what uses them, and not each other: together they are stopped in the time of the slower one. */
const order: readonly (readonly Stop['name'][])[] = [
  ['endpoints'],
  ['roles'],
  ['connections'],
  ['Temporal', 'PostgreSQL'],
  ['home'],
]

/** Stops everything in good order; false where that was not done in time, and the rest was ended by force. */
export async function stopAll(stops: readonly Stop[], { log, patienceMs }: Options): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  const isInTime = await Promise.race([inOrder(stops, log), late])
  clearTimeout(timer)
  if (!isInTime) {
    log?.warn({}, 'Could not stop in time; ending by force')
    await Promise.allSettled(stops.map(async ({ kill }) => kill?.()))
  }
  return isInTime
}

async function inOrder(stops: readonly Stop[], log: Log | undefined): Promise<true> {
  for (const names of order) {
    const together = stops.filter(({ name }) => names.includes(name))
    await Promise.all(together.map(async (stop) => inGoodOrder(stop, log)))
  }
  return true
}

async function inGoodOrder({ name, stop }: Stop, log: Log | undefined): Promise<void> {
  try {
    await stop()
  } catch (error) {
    log?.warn({ name, reason: describe(error) }, 'Could not stop in good order')
  }
}

/** An error as the operator reads it: ours by code and message, any other with its stack. */
export function describe(error: unknown): string {
  if (error instanceof GuildhallError) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** An error as one line of JSON for a program, as every command writes it. */
export function describeAsJson(error: unknown): string {
  const { code, message, facts } =
    error instanceof GuildhallError
      ? error
      : { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error), facts: {} }
  return `${JSON.stringify({ error: { code, message, facts } })}\n`
}
