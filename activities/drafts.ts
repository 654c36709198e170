import { isAddress } from '../core/notifications/is-address.ts'
import type * as storeModule from '../store/index.ts'
import type { NewMail, Pool, TakenDraft } from '../store/index.ts'
import { say, type Wording } from './say.ts'

type Store = Pick<
  typeof storeModule,
  'inTransaction' | 'nextDigestAt' | 'queueMails' | 'settleDrafts' | 'takeDrafts' | 'writeDigests'
>

export interface DraftDependencies extends Wording {
  readonly pool: Pool
  readonly store: Store
}

const draftsAtOnce = 200

/**
 * Tells those who decide what waits for them, where it is time, and makes mails of all drafts, each once: a draft goes with the
 * transaction that queues its mail. Tells when it is time again.
 */
export async function writeMails(
  dependencies: DraftDependencies,
  input: { readonly now: Date; readonly signal: AbortSignal },
): Promise<Date | undefined> {
  const { pool, store } = dependencies
  await store.inTransaction(pool, (tx) => store.writeDigests(tx, input.now))
  await writeDrafts(dependencies, input)
  return store.nextDigestAt(pool)
}

async function writeDrafts(
  dependencies: DraftDependencies,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const { pool, store } = dependencies
  for (;;) {
    signal.throwIfAborted()
    const taken = await store.inTransaction(pool, async (tx) => {
      const drafts = await store.takeDrafts(tx, draftsAtOnce)
      const reachable = drafts.flatMap((draft) => (isReachable(draft) ? [draft] : []))
      const mails: NewMail[] = []
      for (const draft of reachable) mails.push(await write(dependencies, draft))
      await store.queueMails(tx, mails, now)
      await store.settleDrafts(tx, {
        made: reachable.map(({ id }) => id),
        unreachable: drafts.filter((draft) => !isReachable(draft)).map(({ id }) => id),
      })
      return drafts.length
    })
    if (taken < draftsAtOnce) return
  }
}

type Reachable = TakenDraft & { readonly recipient: string }

function isReachable(draft: TakenDraft): draft is Reachable {
  return draft.recipient !== null && isAddress(draft.recipient)
}

async function write(wording: Wording, draft: Reachable): Promise<NewMail> {
  const { key, event, vo, person, application, recipient, languages, tags, texts } = draft
  const own = texts.filter((one) => one.event === event)
  const said = await say(wording, { event, vo: nameIn(tags['vo']), own, languages, tags })
  return { ...said, key, recipient, vo, person, application, notices: [] }
}

function nameIn(vo: unknown): string {
  return typeof vo === 'object' && vo !== null && 'name' in vo && typeof vo.name === 'string' ? vo.name : ''
}
