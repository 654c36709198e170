import type * as store from '../../store/index.ts'
import { findSystem, unreachable, type System } from './find-system.ts'
import type { CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'

type Store = typeof store

/** PostgreSQL of the running system, for as long as one command needs it. */
export interface OpenState {
  readonly pool: store.Pool
  readonly store: Store
  readonly system: System
}

const patienceMs = 10_000

/** Opens the state, works with it and closes it; STATE_UNREACHABLE where it does not answer. */
export async function withState<T>(
  shell: Shell,
  options: CommonOptions,
  work: (state: OpenState) => Promise<T>,
): Promise<T> {
  const system = findSystem(shell, options)
  const { database } = system
  if (database === undefined) throw unreachable('PostgreSQL', system, new Error('it names no database'))
  const opened = await import('../../store/index.ts')
  const pool = opened.openPool(database)
  try {
    await within(patienceMs, pool.query('select 1 from applied limit 1')).catch((error: unknown) => {
      throw unreachable('the state in PostgreSQL', system, error)
    })
    return await work({ pool, store: opened, system })
  } finally {
    await Promise.race([pool.end(), pause(1000)])
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => void setTimeout(done, ms).unref())
}
