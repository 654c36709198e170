import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Change } from '../../../core/model/plan.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import { inTransaction, lookAtApplication, noteAct, settleAct, type Pool } from '../../../store/index.ts'
import { apply } from '../store/world.ts'

/** What one process does in a race. */
export type Call =
  | {
      readonly kind: 'act'
      readonly application: number
      readonly act: ApplicationAct
      readonly actor: string
      readonly seen?: { readonly version: number; readonly policy: string }
      readonly now: Date
    }
  | { readonly kind: 'look'; readonly application: number; readonly now: Date }
  | { readonly kind: 'apply'; readonly changes: readonly Change[] }

/** An advisory lock that lets all go at once. */
export const barrier = 990_001
const compileSchema = (schema: JsonObject) => compileCheck(schema)

/** Waits at the barrier, then makes the calls one after the other; gives a word for what came of each. */
export async function afterBarrier(pool: Pool, calls: readonly Call[]): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock_shared($1)', [barrier])
    await client.query('select pg_advisory_unlock_shared($1)', [barrier])
  } finally {
    client.release()
  }
  const outcomes: string[] = []
  for (const call of calls) outcomes.push(await perform(pool, call))
  return outcomes
}

async function perform(pool: Pool, call: Call): Promise<string> {
  switch (call.kind) {
    case 'act': {
      const { kind, actor, now, ...what } = call
      const noted = await inTransaction(pool, (tx) =>
        noteAct(tx, { ...what, actor, reason: kind, cause: { actor }, now }),
      )
      const outcome = await inTransaction(pool, (tx) => settleAct(tx, { act: noted, now, compileSchema }))
      return outcome.kind === 'done' ? 'done' : outcome.reason
    }
    case 'look': {
      const { application: id, now } = call
      const standing = await inTransaction(pool, (tx) => lookAtApplication(tx, { id, now, compileSchema }))
      return standing?.kind === 'ended' ? standing.outcome : (standing?.state ?? 'gone')
    }
    case 'apply':
      await apply(pool, call.changes)
      return 'applied'
  }
}
