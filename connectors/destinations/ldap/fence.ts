import type { Snapshot } from '../../destination.ts'
import { judgeGeneration, refusedSnapshot } from '../../fencing.ts'
import { exchange, readToken, tokenOf } from './token.ts'
import type { StoredToken, Token, TokenConnection } from './token.ts'

/** In milliseconds: who asked for the token longer ago looks again before it writes, as a process may have been stopped since. */
const freshMs = 1_000

/** In milliseconds: what somebody who lost the token may still send has come, and has been done, so long after we took it. */
const settledMs = freshMs + 500

/** The right to write, held by the token that we put there. */
export interface Fence {
  /** Puts our token in the place of the one that was read; false where somebody else did meanwhile. */
  take(names: Pick<Token, 'attributes' | 'classes'>): Promise<boolean>
  /** Looks whether the token is still ours. FENCED where it is not. */
  requireHeld(): Promise<void>
  /** Whether it was asked for only just now. */
  isFresh(): boolean
  /** In milliseconds, until nothing comes any more from whom it was taken. */
  unsettledMs(): number
  /** Notes that everything is in place. FENCED where somebody else has taken over. */
  finish(names: Pick<Token, 'attributes' | 'classes'>): Promise<void>
}

/** Where the token is, and the clock by which its age is told, in milliseconds. */
interface Post {
  readonly connection: TokenConnection
  readonly tokenDn: string
  readonly now: () => number
}

/** The fence of a delivery that found this token. */
export function createFence(
  { connection, tokenDn, now }: Post,
  snapshot: Snapshot,
  found: StoredToken | undefined,
): Fence {
  let ours: StoredToken | undefined
  let [takenAt, askedAt] = [-Infinity, -Infinity]
  const fenced = async (): Promise<Error> => {
    judge(await readToken(connection, tokenDn), snapshot, tokenDn)
    return refusedSnapshot('FENCED', snapshot, 'another delivery of it has begun')
  }
  return {
    async take({ attributes, classes }) {
      const to = tokenOf(snapshot, {
        state: 'writing',
        attributes: [...new Set([...attributes, ...(found?.attributes ?? [])])],
        classes: [...new Set([...classes, ...(found?.classes ?? [])])],
      })
      if (!(await exchange(connection, tokenDn, { from: found, to }))) return false
      ours = to
      takenAt = now()
      return true
    },
    async requireHeld() {
      // The answer may have waited for us, and be older than it seems.
      const at = now()
      const token = await readToken(connection, tokenDn)
      if (token === undefined || token.stored !== ours?.stored) throw await fenced()
      askedAt = at
    },
    isFresh: () => now() - askedAt < freshMs,
    unsettledMs: () => Math.max(0, takenAt + settledMs - now()),
    async finish(names) {
      const to = tokenOf(snapshot, { state: 'done', ...names })
      if (!(await exchange(connection, tokenDn, { from: ours, to }))) throw await fenced()
    },
  }
}

/** Whether a snapshot is news for the directory. FENCED, DELIVERY_REFUSED */
export function judge(token: Token | undefined, snapshot: Snapshot, tokenDn: string): 'news' | 'same' {
  return judgeGeneration(token, snapshot, {
    belongs: 'the directory has this service from facility',
    instead: 'give this destination another baseDn',
    reset: `delete the entry ${JSON.stringify(tokenDn)}`,
  })
}
