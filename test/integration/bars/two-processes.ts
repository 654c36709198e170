import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openPool, type Pool } from '../../../store/index.ts'
import { afterBarrier, barrier, type Call } from './application-calls.ts'

/** This process and another one, on one database. */
export interface TwoProcesses {
  /** Lets both go at the same moment; what came of the calls of each. */
  race(here: readonly Call[], there: readonly Call[]): Promise<readonly [string[], string[]]>
  close(): Promise<void>
}

/** Starts the other process. */
export async function openTwoProcesses(url: string): Promise<TwoProcesses> {
  const child = fork(fileURLToPath(new URL('./application-process.ts', import.meta.url)), [url], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_OPTIONS: '' },
    serialization: 'advanced',
  })
  await once(child, 'message')
  const pool = openPool(url)
  return {
    race: async (here, there) => {
      const holder = await pool.connect()
      try {
        await holder.query('select pg_advisory_lock($1)', [barrier])
        const theirs = answerOf(child, there)
        const ours = afterBarrier(pool, here)
        await bothWait(pool)
        await holder.query('select pg_advisory_unlock($1)', [barrier])
        return await Promise.all([ours, theirs])
      } finally {
        holder.release()
      }
    },
    close: async () => {
      await pool.end()
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

async function answerOf(child: ChildProcess, calls: readonly Call[]): Promise<string[]> {
  const answered = once(child, 'message')
  child.send(calls)
  const [answer] = (await answered) as [{ readonly outcomes: string[] } | { readonly error: string }]
  if ('error' in answer) throw new Error(answer.error)
  return answer.outcomes
}

async function bothWait(pool: Pool): Promise<void> {
  const waiting = `select count(*)::integer as count from pg_locks
    where locktype = 'advisory' and not granted and objid = $1 and database = (select oid from pg_database where datname = current_database())`
  for (;;) {
    const { rows } = await pool.query<{ count: number }>(waiting, [barrier])
    if (rows[0]?.count === 2) return
    await setImmediate()
  }
}
