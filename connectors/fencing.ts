import { GuildhallError } from '../core/errors.ts'
import type { Snapshot } from './destination.ts'

/** What a destination remembers of the snapshot that it has. */
interface Installed {
  readonly facility: string
  readonly generation: number
  readonly hash: string
}

/** How a destination of a type is called, and the way out where a restored state counts anew: ends of sentences. */
interface Words {
  /** Such as `the folder belongs to facility`. */
  readonly belongs: string
  /** Such as `give this destination another path`. */
  readonly instead: string
  /** Such as `set the generation in ".guildhall/token.json" there to 0`. */
  readonly reset: string
}

/** Whether a snapshot is news for a destination; throws where a newer one, another one of that generation, or another facility's is there. */
export function judgeGeneration(there: Installed | undefined, snapshot: Snapshot, words: Words): 'news' | 'same' {
  if (there === undefined) return 'news'
  if (there.facility !== snapshot.facility)
    throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `${words.belongs} "${there.facility}"; ${words.instead}`)
  if (there.generation > snapshot.generation)
    throw refusedSnapshot('FENCED', snapshot, `generation ${there.generation} is there already`)
  if (there.generation < snapshot.generation) return 'news'
  if (there.hash === snapshot.hash) return 'same'
  throw refusedSnapshot(
    'DELIVERY_REFUSED',
    snapshot,
    `that generation is there with other content; if the state was restored from a backup, ${words.reset}`,
  )
}

/** An error that names the snapshot it is about. */
export function refusedSnapshot(
  code: 'DELIVERY_REFUSED' | 'FENCED',
  { facility, service, generation }: Snapshot,
  reason: string,
): GuildhallError {
  return new GuildhallError(
    code,
    `Cannot deliver generation ${generation} of "${service}" for "${facility}": ${reason}`,
    { facts: { facility, service, generation } },
  )
}
